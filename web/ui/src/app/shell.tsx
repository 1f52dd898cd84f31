import { ActionIcon, Kbd, Menu, Modal, Tooltip, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import {
  IconChevronDown,
  IconDeviceDesktop,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconSun,
  IconUserCircle,
} from "@tabler/icons-react";
import { useState } from "react";
import type { ReactNode } from "react";

import type { CurrentUser } from "../protocol/generated";
import { asRefused } from "../state/session";
import { ConnectionSign } from "./connection-sign";
import { useServices } from "./context";
import { useKeys } from "./keys";
import type { Key } from "./keys";
import classes from "./shell.module.css";

interface Props {
  readonly user: CurrentUser;
  readonly keys: readonly Key[];
  readonly children: ReactNode;
  readonly middle?: ReactNode;
}

/** The frame of every page: who one is, whether the connection stands, and the keys. */
export function Shell({ user, keys, middle, children }: Props) {
  const [help, setHelp] = useState(false);
  const helpKey: Key = { key: "?", label: "Show these keys", run: () => setHelp(true), enabled: true };
  const all = [...keys, helpKey];
  useKeys(all);
  return (
    <div className={classes["page"]}>
      <header className={classes["top"]}>
        <span className={classes["brand"]}>
          <img src="/favicon.svg" alt="" width={22} height={22} />
          <span className={classes["brandName"]}>Strowger</span>
        </span>
        <div className={classes["middle"]}>{middle}</div>
        <ConnectionSign />
        <Tooltip label="Keys  ?">
          <ActionIcon
            className={classes["wide"]}
            variant="subtle"
            color="gray"
            size="lg"
            aria-label="Show the keys"
            onClick={() => setHelp(true)}
          >
            <IconKeyboard size={20} />
          </ActionIcon>
        </Tooltip>
        <SchemeMenu />
        <UserMenu user={user} />
      </header>
      <main className={classes["main"]}>{children}</main>
      <Modal
        opened={help}
        onClose={() => setHelp(false)}
        title="Keys on this page"
        size="sm"
        centered
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <dl className={classes["keys"]}>
          {all.map((one) => (
            <div key={one.key} className={classes["keyRow"]}>
              <dt>{one.label}</dt>
              <dd>
                <Kbd>{one.key.length === 1 ? one.key.toUpperCase() : one.key}</Kbd>
              </dd>
            </div>
          ))}
        </dl>
      </Modal>
    </div>
  );
}

const SCHEMES = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "Like the system", icon: IconDeviceDesktop },
] as const;

function SchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = SCHEMES.find(({ value }) => value === colorScheme)?.icon ?? IconDeviceDesktop;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Colours">
          <Current size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} />}
            onClick={() => setColorScheme(value)}
            {...(value === colorScheme ? { "aria-current": true } : {})}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function UserMenu({ user }: { user: CurrentUser }) {
  const { session, notices } = useServices();
  const signOut = (): void => {
    session.signOut().catch((error: unknown) => notices.say("Not signed out.", asRefused(error).message));
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes["user"]} aria-label={`${user.display_name}, ${user.role}`}>
          <IconUserCircle size={20} />
          <span className={classes["userName"]}>{user.display_name}</span>
          <IconChevronDown size={14} className={classes["wide"]} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.display_name}, {user.role}
        </Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
