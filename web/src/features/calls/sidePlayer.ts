// Lets a listener hear one side of a stereo recording on both ears.

export type Side = 'both' | 'left' | 'right'

/** How loud each channel is on each ear for a choice: [left→left, left→right, right→left, right→right]. */
export function gainsFor(side: Side): [number, number, number, number] {
  switch (side) {
    case 'left':
      return [1, 1, 0, 0]
    case 'right':
      return [0, 0, 1, 1]
    case 'both':
      // A little of the other side on each ear: fully separated voices tire a listener.
      return [1, 0.35, 0.35, 1]
  }
}

export function createSidePlayer(element: HTMLAudioElement) {
  const context = new AudioContext()
  const splitter = context.createChannelSplitter(2)
  const merger = context.createChannelMerger(2)
  const gains = [0, 1, 2, 3].map(() => context.createGain())
  context.createMediaElementSource(element).connect(splitter)
  gains.forEach((gain, index) => {
    splitter.connect(gain, index < 2 ? 0 : 1)
    gain.connect(merger, 0, index % 2)
  })
  merger.connect(context.destination)
  return {
    listenTo(side: Side): void {
      void context.resume()
      gainsFor(side).forEach((value, index) => {
        const gain = gains[index]
        if (gain) gain.gain.value = value
      })
    },
    close(): void {
      void context.close()
    },
  }
}
