// The sound of an alarm: two short tones every few seconds until somebody acknowledges it.

export interface AlarmSound {
  start(red: boolean): void
  stop(): void
}

const EVERY_MS = 4000
const TONES: Record<'amber' | 'red', readonly number[]> = { amber: [660, 550], red: [880, 660, 880] }
const TONE_S = 0.16

export function createAlarmSound(): AlarmSound {
  let context: AudioContext | null = null
  let timer: ReturnType<typeof setInterval> | undefined

  function play(pitches: readonly number[]): void {
    if (!context) return
    const begin = context.currentTime + 0.02
    pitches.forEach((pitch, index) => {
      const tone = context!.createOscillator()
      const gain = context!.createGain()
      const at = begin + index * (TONE_S + 0.04)
      tone.frequency.value = pitch
      gain.gain.setValueAtTime(0, at)
      gain.gain.linearRampToValueAtTime(0.2, at + 0.02)
      gain.gain.linearRampToValueAtTime(0, at + TONE_S)
      tone.connect(gain).connect(context!.destination)
      tone.start(at)
      tone.stop(at + TONE_S)
    })
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
    void context?.close()
    context = null
  }

  return {
    start(red) {
      stop()
      context = new AudioContext()
      void context.resume()
      const pitches = TONES[red ? 'red' : 'amber']
      play(pitches)
      timer = setInterval(() => play(pitches), EVERY_MS)
    },
    stop,
  }
}
