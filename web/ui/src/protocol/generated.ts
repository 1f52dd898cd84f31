// Made from the Python structs by `python -m scripts.protocol_types`. Change those, not this file.

export const PROTOCOL_VERSION = 1;
export const JSON_SUBPROTOCOL = "strowger.v1.json";
export const COMMAND_LIFETIME_MS = 10000;
export const ANSWER_MARGIN_MS = 1000;
export const TALLY_INTERVAL_MS = 900000;
export const NOTE_CHARACTERS_MAX = 4000;
export const API_PREFIX = "/api/v1";
export const IDEMPOTENCY_HEADER = "Idempotency-Key";
export const NOT_SIGNED_IN_CLOSE_CODE = 4401;

export interface AcceptOffer {
  readonly type: "accept_offer";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly offer_id: string;
  readonly agent_id?: string | null;
}

/**
 * Figures since `day_start_ms`.
 *
 * `handled` conversations took `conversation_ms` (talk and hold) and `wrap_up_ms`, each counted when it ended.
 * `idle_ms` (available, or ringing) and `engaged_ms` (on a call, or in wrap-up) are times of presence, counted until
 * `counted_until_ms`; what has passed since belongs to the present presence.
 */
export interface AgentDay {
  readonly day_start_ms: number;
  readonly counted_until_ms: number;
  readonly handled: number;
  readonly conversation_ms: number;
  readonly wrap_up_ms: number;
  readonly idle_ms: number;
  readonly engaged_ms: number;
}

/** One agent. `call_id` and `queue_id`: what they are engaged in, the conversation before anything else. */
export interface AgentRow {
  readonly agent_id: string;
  readonly presence: Presence;
  readonly reason: string;
  readonly since_ms: number;
  readonly free: boolean;
  readonly queues: readonly string[];
  readonly call_id: string | null;
  readonly queue_id: string | null;
  readonly today: AgentDay;
}

/** One agent as of now. Each frame replaces the one before; versions rise. */
export interface AgentView {
  readonly type: "agent";
  readonly agent_id: string;
  readonly version: number;
  readonly presence: string;
  readonly base: string;
  readonly reason: string;
  readonly since_ms: number;
  readonly engagements: readonly EngagementView[];
}

/** Be the softphone of these agents: hear of them, and keep them from counting as gone. */
export interface AttachAgent {
  readonly type: "attach_agent";
  readonly agent_ids: readonly string[];
}

/**
 * One call that has not ended. `since_ms`: arrival while it waits, ring, answer, or hold.
 *
 * `credit_ms`: what a point of priority is worth in waiting; null: priority makes classes.
 */
export interface CallRow {
  readonly call_id: string;
  readonly queue_id: string;
  readonly subject_id: string | null;
  readonly state: CallState;
  readonly priority: number;
  readonly needs: readonly SkillNeed[];
  readonly arrived_at_ms: number;
  readonly since_ms: number;
  readonly agent_id: string | null;
  readonly credit_ms: number | null;
}

/** Where a call stands. */
export type CallState = "new" | "waiting" | "offered" | "talking" | "held" | "ended";

/** One call as of now. Only `call_id` and `state` where it has ended. `position` (1 is next) while it waits. */
export interface CallView {
  readonly type: "call";
  readonly call_id: string;
  readonly state: string;
  readonly version: number;
  readonly queue_id: string | null;
  readonly subject_id: string | null;
  readonly agent_id: string | null;
  readonly priority: number | null;
  readonly arrived_at_ms: number | null;
  readonly answered_at_ms: number | null;
  readonly held_since_ms: number | null;
  readonly position: number | null;
  readonly ewt_s: number | null;
}

/** Who calls: a telephone number in international form (+43 1 2345678) and, where it is known, a name. */
export interface Caller {
  readonly number: string;
  readonly name?: string;
}

/** Who a subject is, for the agent whose softphone it concerns. */
export interface CallerNames {
  readonly type: "caller";
  readonly subject_id: string;
  readonly number: string;
  readonly name: string;
}

/** Who calls, for those who may see it. */
export interface CallerView {
  readonly number: string;
  readonly name: string;
}

/** Subjects by id; those who don't exist or were erased are missing. */
export interface Callers {
  readonly callers: Readonly<Record<string, CallerView>>;
}

/** The last frame: why the connection ends, and how long to wait before connecting again. */
export interface Closing {
  readonly type: "closing";
  readonly code: number;
  readonly reason: string;
  readonly retry_after_ms: number;
}

export interface CompleteWrapUp {
  readonly type: "complete_wrap_up";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly call_id: string;
  readonly disposition?: string | null;
  readonly agent_id?: string | null;
}

/** Who signs in. `clinic` is its short name. */
export interface Credentials {
  readonly clinic: string;
  readonly login: string;
  readonly password: string;
}

/** A session, valid until `expires_at_ms`. */
export interface CurrentSession {
  readonly user: CurrentUser;
  readonly expires_at_ms: number;
}

/** Who is signed in. `agent_id`: the agent whose calls they take. */
export interface CurrentUser {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly display_name: string;
  readonly agent_id: string | null;
}

export interface DeclineOffer {
  readonly type: "decline_offer";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly offer_id: string;
  readonly agent_id?: string | null;
}

/** Stop being the softphone of these agents. */
export interface Detach {
  readonly type: "detach";
  readonly agent_ids: readonly string[];
}

/** An agent's side of an offer. `until_ms`: the deadline of its ring or its wrap-up. */
export interface EngagementView {
  readonly offer_id: string;
  readonly call_id: string;
  readonly queue_id: string;
  readonly state: string;
  readonly since_ms: number;
  readonly until_ms: number | null;
  readonly arrived_at_ms: number;
  readonly priority: number;
  readonly subject_id: string | null;
}

/** Put a caller in line. `leased`: this connection keeps the caller alive; the call is lost without it. */
export interface EnqueueCall {
  readonly type: "enqueue_call";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly call_id: string;
  readonly queue_id: string;
  readonly caller?: Caller | null;
  readonly priority?: number | null;
  readonly needs?: readonly Need[];
  readonly leased?: boolean;
}

/** What every refusal looks like. */
export interface ErrorBody {
  readonly error: ErrorDetail;
}

/** `code` is stable; `message` says in one sentence what to do; `field` names what is to blame, if anything. */
export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
}

/** Something that was sent could not be done; the connection stays. `about`: the id that it is about. */
export interface ErrorFrame {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
  readonly about: string | null;
}

/** With `agent_id`: that agent hangs up. Without: an agent's own session, or the caller's side of a door. */
export interface HangUpCall {
  readonly type: "hang_up_call";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly call_id: string;
  readonly agent_id?: string | null;
}

/** The first frame of a connection without a session: its one-time ticket. */
export interface Hello {
  readonly type: "hello";
  readonly ticket: string;
}

export interface HoldCall {
  readonly type: "hold_call";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly call_id: string;
  readonly agent_id?: string | null;
}

/** What has changed since the frame before, of the same epoch. */
export interface LiveDelta {
  readonly type: "live_delta";
  readonly epoch: string;
  readonly position: number;
  readonly delta: PictureDelta;
}

/** All that the live view shows, rows ordered by key. `at_ms`: as of when, on the supervisor's clock. */
export interface LivePicture {
  readonly type: "live_picture";
  readonly epoch: string;
  readonly position: number;
  readonly at_ms: number;
  readonly queues: readonly QueueRow[];
  readonly calls: readonly CallRow[];
  readonly agents: readonly AgentRow[];
  readonly tallies: readonly TallyRow[];
}

/** The whole live picture; `epoch` names the incarnation that `position` belongs to. */
export interface LiveSnapshot {
  readonly type: "live_snapshot";
  readonly epoch: string;
  readonly position: number;
  readonly picture: LivePicture;
}

/** A skill that a call asks for, at this proficiency or better. */
export interface Need {
  readonly skill: string;
  readonly proficiency?: number;
}

/** What is noted of a call. `version`: of the note that this one replaces, 0 where there is none. */
export interface NoteBody {
  readonly text: string;
  readonly version: number;
}

/** The note of a call: empty, of version 0 and by nobody where nothing was noted. `written_by`: a user's id. */
export interface NoteView {
  readonly call_id: string;
  readonly text: string;
  readonly version: number;
  readonly written_by: string | null;
  readonly written_at_ms: number | null;
}

/** What became of a command: `code` is `ok`, or says why not. `outcome_unknown`: send the same command again. */
export interface OutcomeFrame {
  readonly type: "outcome";
  readonly command_id: string;
  readonly code: string;
  readonly message: string;
  readonly position: number | null;
  readonly ewt_s: number | null;
}

/** What has changed since `position - 1`. */
export interface PictureDelta {
  readonly type: "live_delta";
  readonly epoch: string;
  readonly position: number;
  readonly at_ms: number;
  readonly queues?: readonly QueueRow[];
  readonly calls?: readonly CallRow[];
  readonly agents?: readonly AgentRow[];
  readonly tallies?: readonly TallyRow[];
  readonly queues_gone?: readonly string[];
  readonly calls_gone?: readonly string[];
  readonly agents_gone?: readonly string[];
  readonly tallies_gone?: readonly string[];
}

/** Ask for a `pong` that repeats `nonce`. */
export interface Ping {
  readonly type: "ping";
  readonly nonce?: string;
}

export interface Pong {
  readonly type: "pong";
  readonly nonce: string;
  readonly server_time_ms: number;
}

/** What an agent is doing, as everyone sees it. The first three may be chosen. */
export type Presence = "offline" | "available" | "away" | "offered" | "on_call" | "wrap_up";

export interface PrioritiseCall {
  readonly type: "prioritise_call";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly call_id: string;
  readonly priority: number;
}

/** A queue with its settings. */
export interface Queue {
  readonly queue_id: string;
  readonly name: string;
  readonly strategy: Strategy;
  readonly needs: readonly Need[];
  readonly priority: number;
  readonly priority_credit_s: number | null;
  readonly offer_timeout_s: number;
  readonly wrap_up_s: number;
  readonly disposition_required: boolean;
  readonly sla_threshold_s: number;
  readonly sla_target: number;
  readonly short_abandon_s: number;
  readonly length_max: number;
  readonly rona_away_after: number;
  readonly rest_after_decline_s: number;
}

/**
 * One queue. `waiting` stand in line, `ringing` are offered to someone; neither is answered yet.
 *
 * `oldest_arrived_at_ms`: the arrival of whoever has been unanswered longest. `ewt_s`: estimated wait of a caller
 * who arrived now. `free` agents could take a call, `on_call` and `wrap_up` is what agents of this queue are doing,
 * whichever queue it is for; an agent who takes several calls at once can be `free` and `on_call`.
 */
export interface QueueRow {
  readonly queue_id: string;
  readonly name: string;
  readonly sla_threshold_s: number;
  readonly sla_target: number;
  readonly waiting: number;
  readonly ringing: number;
  readonly oldest_arrived_at_ms: number | null;
  readonly ewt_s: number | null;
  readonly free: number;
  readonly on_call: number;
  readonly wrap_up: number;
}

/** A page, ordered by id; `next` is the `after` of the page that follows, if there is one. */
export interface Queues {
  readonly queues: readonly Queue[];
  readonly next: string | null;
}

export interface ResumeCall {
  readonly type: "resume_call";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly call_id: string;
  readonly agent_id?: string | null;
}

/** What kind of person or thing a principal is. */
export type Role = "agent" | "supervisor" | "administrator" | "integration" | "caller" | "system";

/** `agent_id` may be left out by an agent's own session, here and below. */
export interface SetPresence {
  readonly type: "set_presence";
  readonly command_id: string;
  readonly expires_in_ms?: number;
  readonly presence: "available" | "away" | "offline";
  readonly reason?: string;
  readonly agent_id?: string | null;
}

/** A skill that a call asks for, at `proficiency` or better. */
export type SkillNeed = readonly [skill: string, proficiency: number];

/** How a queue chooses among free agents: `engine.routing.strategies` says what each name means. */
export type Strategy =
  | "longest-idle-agent"
  | "leastrecent"
  | "fewestcalls"
  | "agent-with-fewest-calls"
  | "agent-with-least-talk-time"
  | "top-down"
  | "linear"
  | "sequentially-by-agent-order"
  | "round-robin"
  | "rrmemory"
  | "rrordered"
  | "random"
  | "wrandom";

/** Follow the live picture of the clinic: one snapshot, then deltas; a snapshot again after every gap. */
export interface SubscribeLive {
  readonly type: "subscribe_live";
}

/**
 * What one queue saw in one quarter of an hour (UTC).
 *
 * Calls count where they arrived, whenever it was settled what became of them, so that in every row
 * offered = answered + abandoned + lost + those still waiting. `answered_within` and `abandoned_within` are counted
 * against the queue's `sla_threshold_s` of that moment, `short_abandoned` against its `short_abandon_s`. `wait_ms`
 * sums the waits of answered calls, `abandoned_wait_ms` those of abandoned ones.
 *
 * Handling counts where the conversation ended: `handled`, `talk_ms`, `hold_ms`, and the `wrap_up_ms` that followed.
 */
export interface TallyRow {
  readonly queue_id: string;
  readonly start_ms: number;
  readonly offered: number;
  readonly answered: number;
  readonly answered_within: number;
  readonly wait_ms: number;
  readonly abandoned: number;
  readonly abandoned_within: number;
  readonly short_abandoned: number;
  readonly abandoned_wait_ms: number;
  readonly lost: number;
  readonly handled: number;
  readonly talk_ms: number;
  readonly hold_ms: number;
  readonly wrap_up_ms: number;
}

/** Stop following the live picture. */
export interface UnsubscribeLive {
  readonly type: "unsubscribe_live";
}

/** Hear of one call until it ends. */
export interface WatchCall {
  readonly type: "watch_call";
  readonly call_id: string;
}

/** The first frame from the server. */
export interface Welcome {
  readonly type: "welcome";
  readonly protocol: number;
  readonly user: WelcomeUser;
  readonly server_time_ms: number;
  readonly heartbeat_s: number;
}

/** Who the connection belongs to. `agent_ids`: the agents that it may be the softphone of. */
export interface WelcomeUser {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly role: string;
  readonly display_name: string;
  readonly agent_ids: readonly string[];
}

export type CommandFrame =
  | SetPresence
  | AcceptOffer
  | DeclineOffer
  | CompleteWrapUp
  | HoldCall
  | ResumeCall
  | HangUpCall
  | EnqueueCall
  | PrioritiseCall;

export type ClientFrame =
  | Hello
  | AttachAgent
  | Detach
  | SubscribeLive
  | UnsubscribeLive
  | WatchCall
  | Ping
  | SetPresence
  | AcceptOffer
  | DeclineOffer
  | CompleteWrapUp
  | HoldCall
  | ResumeCall
  | HangUpCall
  | EnqueueCall
  | PrioritiseCall;

export type ServerFrame =
  | Welcome
  | OutcomeFrame
  | AgentView
  | CallView
  | CallerNames
  | LiveSnapshot
  | LiveDelta
  | ErrorFrame
  | Pong
  | Closing;

export type Code =
  | "already_signed_in"
  | "call_ended"
  | "call_exists"
  | "disposition_required"
  | "expired"
  | "forbidden"
  | "illegal_transition"
  | "internal"
  | "invalid"
  | "invalid_number"
  | "invalid_settings"
  | "login_taken"
  | "malformed"
  | "method_not_allowed"
  | "no_caller"
  | "not_a_websocket"
  | "not_found"
  | "not_signed_in"
  | "not_your_call"
  | "note_changed"
  | "offer_ended"
  | "ok"
  | "outcome_unknown"
  | "overloaded"
  | "queue_full"
  | "rate_limited"
  | "slow_body"
  | "store_unavailable"
  | "too_large"
  | "too_many"
  | "unavailable"
  | "unknown_agent"
  | "unknown_call"
  | "unknown_offer"
  | "unknown_queue"
  | "unknown_tenant"
  | "unsupported_media_type"
  | "unsupported_protocol"
  | "wrong_credentials"
  | "wrong_origin";
