// The picture of each kind of node; kinds of plug-ins get that of their group.

import {
  AlarmClock,
  ArrowLeftBold,
  Bell,
  ChatDotRound,
  ChatLineRound,
  CircleClose,
  Connection,
  DataLine,
  EditPen,
  Fold,
  Grid,
  Headset,
  Iphone,
  MagicStick,
  Message,
  Microphone,
  Mute,
  Operation,
  Phone,
  QuestionFilled,
  Search,
  Share,
  Star,
  SwitchButton,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'

const BY_KIND: Record<string, Component> = {
  play: Bell,
  say: ChatLineRound,
  announcement: Bell,
  menu: Grid,
  collect: EditPen,
  speak: ChatDotRound,
  answer: Microphone,
  set: Operation,
  condition: Share,
  hours: AlarmClock,
  loop: Connection,
  http: Connection,
  query: Search,
  database: DataLine,
  queue: Headset,
  transfer: Phone,
  duty: Iphone,
  callback: Phone,
  voicemail: Message,
  survey: Star,
  subflow: Fold,
  return: ArrowLeftBold,
  hangup: SwitchButton,
}

const BY_GROUP: Record<string, Component> = {
  speak: Bell,
  ask: Grid,
  decide: Share,
  data: Search,
  route: Headset,
  end: CircleClose,
  unknown: Mute,
}

export const iconOf = (kind: string, group: string): Component =>
  BY_KIND[kind] ?? BY_GROUP[group] ?? (group ? MagicStick : QuestionFilled)
