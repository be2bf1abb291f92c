// What a feature gives to the application: routes, menu entries and its words.

import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

export type MessageTree = { [key: string]: string | string[] | MessageTree }

export interface Messages {
  'zh-CN': MessageTree
  en: MessageTree
}

export type MenuGroup = 'work' | 'watch' | 'setup' | 'system'

export interface MenuEntry {
  path: string
  title: string
  icon: Component
  group: MenuGroup
  order: number
  /** Any one of these opens the entry; none: everyone who is logged in. */
  permissions: string[]
}

export interface WebModule {
  name: string
  routes: RouteRecordRaw[]
  menu?: MenuEntry[]
  messages: Messages
}

declare module 'vue-router' {
  interface RouteMeta {
    /** Any one of these opens the page. */
    permissions?: string[]
    /** Fills the window: no menu, no bar; still only for those who are logged in. */
    bare?: boolean
    /** Open without log-in. */
    public?: boolean
    /** Message key of the page's title. */
    title?: string
  }
}
