// The ring an agent hears: 450 Hz, one second on, four off, as telephones in China ring; soft edges, no clicks.

export interface Ringer {
  start(): void
  stop(): void
}

const PITCH_HZ = 450
const PERIOD_MS = 5000

export function createRinger(): Ringer {
  let context: AudioContext | null = null
  let timer: ReturnType<typeof setInterval> | undefined

  function burst(): void {
    if (!context) return
    const gain = context.createGain()
    const tone = context.createOscillator()
    const at = context.currentTime + 0.02
    tone.frequency.value = PITCH_HZ
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(0.22, at + 0.05)
    gain.gain.setValueAtTime(0.22, at + 0.92)
    gain.gain.linearRampToValueAtTime(0, at + 1)
    tone.connect(gain).connect(context.destination)
    tone.start(at)
    tone.stop(at + 1.05)
  }

  return {
    start() {
      if (timer !== undefined) return
      context ??= new AudioContext()
      void context.resume()
      burst()
      timer = setInterval(burst, PERIOD_MS)
    },
    stop() {
      clearInterval(timer)
      timer = undefined
      void context?.close()
      context = null
    },
  }
}
