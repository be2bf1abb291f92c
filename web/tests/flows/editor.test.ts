// The state of the designer: every change can be undone, typing is one step, who may not change changes nothing.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ref } from 'vue'

import { createEditor } from '@/features/flows/editor/editor'
import { keyboard, type Deeds } from '@/features/flows/editor/keyboard'
import { START } from '@/features/flows/model/graph'

import { nodeTypes, small, typeOf, words } from './samples'

function opened(readonly = false) {
  let now = 0
  const editor = createEditor({
    flowId: ref('f'),
    typeOf: ref(typeOf),
    words: ref(words),
    readonly: ref(readonly),
    nowMs: () => now,
  })
  editor.load(small())
  return { editor, later: (ms: number) => (now += ms) }
}

describe('undo', () => {
  it('takes back what was typed as one step, and a second word as another', () => {
    const { editor, later } = opened()
    for (const text of ['您', '您好']) {
      editor.setField('hello', ['title'], text)
      later(200)
    }
    later(5000)
    editor.setField('hello', ['title'], '您好！')
    editor.undo()
    expect(editor.document.value.nodes.hello!.title).toBe('您好')
    editor.undo()
    expect(editor.document.value.nodes.hello!.title).toBe('欢迎词')
    editor.redo()
    expect(editor.document.value.nodes.hello!.title).toBe('您好')
    expect([editor.canUndo.value, editor.canRedo.value]).toEqual([true, true])
  })

  it('leads back to the beginning from whatever was done', () => {
    const deed = fc.oneof(
      fc.record({
        what: fc.constant('title' as const),
        id: fc.constantFrom('hello', 'menu', 'bye'),
        text: fc.string(),
      }),
      fc.record({
        what: fc.constant('connect' as const),
        id: fc.constantFrom('hello', 'menu', START),
        text: fc.constantFrom('bye', 'queue', ''),
      }),
      fc.record({
        what: fc.constant('remove' as const),
        id: fc.constantFrom('menu', 'queue'),
        text: fc.constant(''),
      }),
      fc.record({
        what: fc.constant('add' as const),
        id: fc.constant('hello'),
        text: fc.constantFrom('play', 'menu', 'queue'),
      }),
      fc.record({ what: fc.constant('arrange' as const), id: fc.constant(''), text: fc.constant('') }),
    )
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 12 }), (deeds) => {
        const { editor, later } = opened()
        const first = editor.document.value
        for (const { what, id, text } of deeds) {
          later(10_000)
          if (what === 'title') editor.setField(id, ['title'], text)
          else if (what === 'connect') editor.connect(id, id === 'menu' ? 'on_failure' : 'next', text)
          else if (what === 'add') editor.add(typeOf(text)!, [0, 900], { nodeId: id, exitId: 'next' })
          else if (what === 'arrange') editor.arrange()
          else {
            editor.select([id])
            editor.remove()
          }
        }
        const last = editor.document.value
        while (editor.canUndo.value) editor.undo()
        expect(editor.document.value).toBe(first)
        while (editor.canRedo.value) editor.redo()
        expect(editor.document.value).toBe(last)
      }),
    )
  })
})

describe('who may only look', () => {
  it('changes nothing', () => {
    const { editor } = opened(true)
    const before = editor.document.value
    editor.setField('hello', ['title'], 'x')
    editor.connect('hello', 'next', 'bye')
    editor.select(['menu'])
    editor.remove()
    editor.paste(JSON.stringify(editor.copy() ?? {}), [0, 0])
    editor.arrange()
    expect(editor.document.value).toBe(before)
  })
})

describe('arranging', () => {
  it('sets what follows to the right, nothing upon another, and again gives the same', () => {
    const { editor } = opened()
    editor.arrange()
    const layout = editor.document.value.layout!
    expect(layout.hello![0]).toBeLessThan(layout.menu![0])
    expect(layout.menu![0]).toBeLessThan(layout.queue![0])
    const boxes = editor.picture.value.nodes.filter(({ id }) => id !== START)
    for (const one of boxes)
      for (const two of boxes) {
        if (one === two) continue
        const apart =
          Math.abs(one.position.x - two.position.x) >= one.dimensions.width ||
          one.position.y + one.dimensions.height <= two.position.y ||
          two.position.y + two.dimensions.height <= one.position.y
        expect(apart).toBe(true)
      }
    editor.arrange()
    expect(editor.document.value.layout).toEqual(layout)
  })
})

describe('the keyboard', () => {
  function typing() {
    const { editor } = opened()
    const done: string[] = []
    const tell = (name: string) => (argument?: unknown) =>
      void done.push(argument ? `${name} ${JSON.stringify(argument)}` : name)
    const names = [
      'save',
      'find',
      'edit',
      'help',
      'check',
      'test',
      'want',
      'copy',
      'paste',
      'duplicate',
      'reveal',
      'fit',
      'zoom',
    ]
    const deeds = Object.fromEntries(names.map((name) => [name, tell(name)])) as unknown as Deeds
    const { onKey } = keyboard(editor, deeds)
    const press = (key: string, more: KeyboardEventInit = {}) => {
      const event = new KeyboardEvent('keydown', { key, cancelable: true, ...more })
      onKey(event)
      return event.defaultPrevented
    }
    return { editor, done, press }
  }

  it('walks along the exits with Tab, then to the next node', () => {
    const { editor, press } = typing()
    press('Home')
    const seen: unknown[] = []
    for (let step = 0; step < 4; step += 1) {
      press('Tab')
      const { nodes, exit } = editor.selected.value
      seen.push([nodes[0], exit?.exitId])
    }
    expect(seen).toEqual([
      ['hello', 'next'],
      ['menu', undefined],
      ['menu', 'choices.1.next'],
      ['menu', 'choices.9.next'],
    ])
    press('Tab', { shiftKey: true })
    expect(editor.selected.value.exit?.exitId).toBe('choices.1.next')
  })

  it('leaves the picture with Tab when nothing is selected', () => {
    const { press } = typing()
    expect(press('Tab')).toBe(false)
  })

  it('follows the key of a menu, and asks what to add where it leads nowhere', () => {
    const { editor, done, press } = typing()
    editor.select(['menu'])
    press('0')
    expect(editor.selected.value.nodes).toEqual(['queue'])
    editor.connect('menu', 'choices.1.next', '')
    editor.select(['menu'])
    press('1')
    expect(done.at(-1)).toBe('want {"nodeId":"menu","exitId":"choices.1.next"}')
  })

  it('moves, removes and takes back', () => {
    const { editor, press } = typing()
    editor.select(['queue'])
    press('ArrowRight')
    press('ArrowDown', { shiftKey: true })
    expect(editor.document.value.layout!.queue).toEqual([650, 50])
    press('Delete')
    expect(editor.document.value.nodes.queue).toBeUndefined()
    press('z', { ctrlKey: true })
    press('z', { ctrlKey: true })
    expect(editor.document.value.layout!.queue).toEqual([640, 0])
  })

  it('leaves keys to a field that one types in', () => {
    const { editor, done } = typing()
    const { onKey } = keyboard(editor, {} as Deeds)
    const input = document.createElement('input')
    input.addEventListener('keydown', (event) => onKey(event))
    editor.select(['queue'])
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Delete', bubbles: true }))
    expect([editor.document.value.nodes.queue !== undefined, done]).toEqual([true, []])
  })
})

it('every kind of the palette can be added after an exit', () => {
  const { editor } = opened()
  for (const type of nodeTypes.items) {
    const id = editor.add(type, [0, 1000], { nodeId: 'hello', exitId: 'next' })
    expect(editor.exits('hello')[0]!.target).toBe(id)
  }
})
