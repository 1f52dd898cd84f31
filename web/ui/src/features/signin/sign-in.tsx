import { Alert, Button, PasswordInput, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import type { SyntheticEvent } from "react";

import { useServices } from "../../app/context";
import { asRefused } from "../../state/session";
import { duration } from "../../ui/format";
import { lastClinic, rememberClinic } from "./model";
import classes from "./sign-in.module.css";

export function SignIn({ expired }: { readonly expired: boolean }) {
  const { session } = useServices();
  const [clinic, setClinic] = useState(lastClinic);
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [waitS, wait] = useCountdown();

  useEffect(() => {
    document.title = "Sign in – Strowger";
  }, []);

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await session.signIn({ clinic: clinic.trim().toLowerCase(), login: login.trim(), password });
      rememberClinic(clinic);
    } catch (error) {
      const refused = asRefused(error);
      setProblem(refused.code === "rate_limited" ? null : refused.message);
      if (refused.retryAfterS !== null && refused.code === "rate_limited") wait(refused.retryAfterS);
      setBusy(false);
    }
  };

  const complete = clinic.trim() !== "" && login.trim() !== "" && password !== "";
  return (
    <div className={classes["page"]}>
      <form className={classes["card"]} onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
        <h1 id="sign-in-title" className={classes["title"]}>
          <img src="/favicon.svg" alt="" width={30} height={30} />
          Strowger
        </h1>
        <div className={classes["message"]} role="status" aria-live="polite">
          {waitS > 0 ? (
            <Alert color="red" variant="light">
              Too many attempts. You can try again in {duration(waitS * 1_000)}.
            </Alert>
          ) : problem !== null ? (
            <Alert color="red" variant="light">
              {problem}
            </Alert>
          ) : (
            <p>{expired ? "Your session has ended. Sign in again." : "Sign in to your clinic."}</p>
          )}
        </div>
        <TextInput
          label="Clinic"
          name="organization"
          autoComplete="organization"
          autoCapitalize="none"
          value={clinic}
          onChange={(event) => setClinic(event.currentTarget.value)}
          autoFocus={clinic === ""}
          maxLength={63}
        />
        <TextInput
          label="Login"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          autoFocus={clinic !== ""}
          maxLength={200}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          maxLength={1000}
        />
        <Button type="submit" size="md" fullWidth loading={busy} disabled={!complete || waitS > 0}>
          Sign in
        </Button>
      </form>
    </div>
  );
}

/** Seconds that are left, and how to set them. */
function useCountdown(): [number, (seconds: number) => void] {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setLeft(left - 1), 1_000);
    return () => clearTimeout(timer);
  }, [left]);
  return [left, setLeft];
}
