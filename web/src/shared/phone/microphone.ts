// The microphone: opening it, and how loud it is.

/** Ask for the microphone. Throws what getUserMedia throws, or InsecureContextError where browsers hide it. */
export async function openMicrophone(): Promise<MediaStream> {
  // Browsers offer no microphone at all on plain http pages that are not localhost.
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new DOMException('microphone needs https or localhost', 'InsecureContextError')
  }
  return navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    video: false,
  })
}

export interface LevelMeter {
  stop(): void
}

/** Report the level of a stream as 0…1 about thirty times a second. */
export function meterLevel(stream: MediaStream, onLevel: (level: number) => void): LevelMeter {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    let sum = 0
    for (const sample of samples) sum += sample * sample
    onLevel(levelOf(Math.sqrt(sum / samples.length)))
  }, 33)
  return {
    stop() {
      clearInterval(timer)
      void context.close()
    },
  }
}

/** RMS amplitude to a bar: −60 dBFS is empty, −6 dBFS is full. */
export function levelOf(rms: number): number {
  if (rms <= 0) return 0
  return Math.min(1, Math.max(0, (20 * Math.log10(rms) + 60) / 54))
}
