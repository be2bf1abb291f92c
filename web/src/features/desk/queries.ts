// What the desk asks for while a list of it is open.

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'

import { deskApi } from './api'

const FRESH_EVERY_MS = 2500 // who is free changes while one chooses

/** Colleagues, queues and flows a call can go to, while `open`. */
export const useTargets = (open: Ref<boolean>, words: Ref<string>) =>
  useQuery({
    queryKey: computed(() => ['desk-targets', words.value]),
    queryFn: () => deskApi.targets(words.value),
    enabled: open,
    placeholderData: keepPreviousData,
    refetchInterval: FRESH_EVERY_MS,
    staleTime: 0,
  })

/** What rings or waits in the agent's queues, while `open`; asked anew when their number changes. */
export const usePickable = (open: Ref<boolean>, count: Ref<number>) =>
  useQuery({
    queryKey: computed(() => ['desk-pickable', count.value]),
    queryFn: deskApi.pickable,
    enabled: open,
    placeholderData: keepPreviousData,
    refetchInterval: FRESH_EVERY_MS,
    staleTime: 0,
  })

export const usePhoneSettings = (open: Ref<boolean>) =>
  useQuery({ queryKey: ['desk-phone-settings'], queryFn: deskApi.phoneSettings, enabled: open, staleTime: 0 })

export const useSavePhoneSettings = () => useChange(['desk-phone-settings'], deskApi.savePhoneSettings, true)
