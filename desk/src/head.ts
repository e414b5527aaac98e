// Long lists: their head is shown, and the whole of them on demand.
import { computed, ref, type ComputedRef } from 'vue'

export interface Head<T> {
  /** What is shown. */
  shown: ComputedRef<T[]>
  /** How many more there are. */
  hidden: ComputedRef<number>
  showAll(): void
}

/** The first `most` of a list, until all of it is asked for. */
export function useHead<T>(list: () => readonly T[], most: number): Head<T> {
  const isWhole = ref(false)
  const shown = computed(() => (isWhole.value ? [...list()] : list().slice(0, most)))
  return {
    shown,
    hidden: computed(() => list().length - shown.value.length),
    showAll: () => void (isWhole.value = true),
  }
}
