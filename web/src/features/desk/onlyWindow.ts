// One desk for an agent in a browser: the window opened last has it; the others are told, so that they fall silent.

/** An agent's place at the desk, shared with this agent's other windows of the same browser. */
export interface DeskPlace {
  /** This window has the desk from now on. */
  take(): void
  close(): void
}

/** Join the windows of this agent; `onLost` is called whenever another of them takes the desk. */
export function joinDeskWindows(agent: string, onLost: () => void): DeskPlace {
  const channel = new BroadcastChannel(`hotline.desk.${agent}`)
  channel.addEventListener('message', onLost)
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target; the rule means windows
    take: () => channel.postMessage('taken'),
    close: () => channel.close(),
  }
}
