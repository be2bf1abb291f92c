// Only what is in view is drawn: of hundreds of equal tiles (or rows, when one fills the width) the few on screen.

import { computed, onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

export interface VirtualOptions {
  count: Ref<number>
  /** Height of a tile with its gap, in px. */
  height: Ref<number>
  /** Least width of a tile with its gap, in px; 0: one tile fills the width. */
  minWidth: Ref<number>
}

/** Tiles drawn beyond either end of what is seen, in lines: scrolling shows no holes. */
const SPARE_LINES = 3

export function useVirtual(box: Ref<HTMLElement | null>, { count, height, minWidth }: VirtualOptions) {
  const width = ref(0)
  const viewHeight = ref(0)
  const top = ref(0)
  const columns = computed(() =>
    minWidth.value > 0 ? Math.max(1, Math.floor(width.value / minWidth.value)) : 1,
  )
  const lines = computed(() => Math.ceil(count.value / columns.value))
  const firstLine = computed(() => Math.max(0, Math.floor(top.value / height.value) - SPARE_LINES))
  const lastLine = computed(() =>
    Math.min(lines.value, Math.ceil((top.value + viewHeight.value) / height.value) + SPARE_LINES),
  )
  const range = computed(() => ({
    from: firstLine.value * columns.value,
    to: Math.min(count.value, lastLine.value * columns.value),
  }))
  const before = computed(() => firstLine.value * height.value)
  const total = computed(() => lines.value * height.value)

  const onScroll = (): void => {
    top.value = box.value?.scrollTop ?? 0
  }
  const measure = (): void => {
    width.value = box.value?.clientWidth ?? 0
    viewHeight.value = box.value?.clientHeight ?? 0
    onScroll()
  }
  const observer = new ResizeObserver(measure)
  onMounted(() => {
    if (!box.value) return
    observer.observe(box.value)
    box.value.addEventListener('scroll', onScroll, { passive: true })
    measure()
  })
  onBeforeUnmount(() => observer.disconnect())

  /** Scroll so that the tile is seen. */
  function show(index: number): void {
    if (!box.value) return
    const at = Math.floor(index / columns.value) * height.value
    if (at < box.value.scrollTop) box.value.scrollTop = at
    else if (at + height.value > box.value.scrollTop + viewHeight.value) {
      box.value.scrollTop = at + height.value - viewHeight.value
    }
  }

  return { width, viewHeight, columns, range, before, total, show }
}
