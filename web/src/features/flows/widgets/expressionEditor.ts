// The editor of one-line expressions: colours, completion of variables and functions, and the server's check as one types.

import {
  autocompletion,
  closeBrackets,
  completionKeymap,
  type Completion,
  type CompletionSource,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { linter, type Diagnostic } from '@codemirror/lint'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'

interface Finding {
  message: string
  /** First column of what is wrong, from 1; 0 or less: the whole. */
  at: number
}

interface Options {
  parent: HTMLElement
  text: string
  label: string
  hint: string
  readonly: boolean
  /** Text with values in it: ${…}; else the whole is one expression. */
  template: boolean
  completions(): Completion[]
  check(text: string): Promise<Finding | null>
  changed(text: string): void
}

const CHECK_AFTER_MS = 400
const WORD = /[A-Za-z_][A-Za-z0-9_.]*/

const expressions = StreamLanguage.define({
  token(stream) {
    if (stream.eatSpace()) return null
    if (stream.match(/^"(?:[^"\\]|\\.)*"?|^'(?:[^'\\]|\\.)*'?/)) return 'string'
    if (stream.match(/^\d+(\.\d+)?/)) return 'number'
    if (stream.match(/^(true|false|null|in|and|or|not)\b/)) return 'keyword'
    if (stream.match(/^[A-Za-z_]\w*(?=\()/)) return 'variableName.function'
    if (stream.match(/^[A-Za-z_]\w*/)) return 'variableName'
    if (stream.match(/^(&&|\|\||[=!<>]=|[<>+\-*/%!?:])/)) return 'operator'
    stream.next()
    return null
  },
})

const colours = HighlightStyle.define([
  { tag: tags.string, color: '#8c4a40' },
  { tag: tags.number, color: '#a0610f' },
  { tag: tags.keyword, color: '#6a4fa3', fontWeight: '600' },
  { tag: tags.function(tags.variableName), color: '#177582' },
  { tag: tags.operator, color: '#6a4fa3' },
])

const look = EditorView.theme({
  '&': {
    fontSize: '13px',
    border: '1px solid var(--el-border-color)',
    borderRadius: '6px',
    background: '#fff',
    width: '100%',
  },
  '&.cm-focused': { outline: 'none', borderColor: 'var(--el-color-primary)' },
  '.cm-content': {
    fontFamily: "ui-monospace, 'SF Mono', Consolas, 'Noto Sans Mono CJK SC', monospace",
    padding: '5px 0',
    lineHeight: '20px',
  },
  '.cm-line': { padding: '0 9px' },
  '.cm-tooltip': { zIndex: '3000', borderRadius: '6px', borderColor: 'var(--hl-line)' },
  '.cm-tooltip-autocomplete ul li': { padding: '2px 8px' },
  '.cm-completionDetail': { color: 'var(--hl-muted)', fontStyle: 'normal' },
})

/** Line ends become spaces: an expression is one line, however it was pasted. */
const oneLine = EditorState.transactionFilter.of((change) =>
  change.newDoc.lines > 1
    ? [
        {
          changes: {
            from: 0,
            to: change.startState.doc.length,
            insert: change.newDoc.toString().replace(/\s*\n\s*/g, ' '),
          },
        },
      ]
    : change,
)

function completing(options: Options): CompletionSource {
  return (context) => {
    if (options.template && !/\$\{[^}]*$/.test(context.state.sliceDoc(0, context.pos))) return null
    const word = context.matchBefore(WORD)
    if (!word && !context.explicit) return null
    return { from: word?.from ?? context.pos, options: options.completions(), validFor: /^[\w.]*$/ }
  }
}

async function findings(view: EditorView, options: Options): Promise<Diagnostic[]> {
  const text = view.state.doc.toString()
  const found = text.trim() ? await options.check(text) : null
  if (!found) return []
  const end = view.state.doc.length
  const from = found.at > 0 ? Math.min(found.at - 1, Math.max(0, end - 1)) : 0
  return [{ from, to: end, severity: 'error', message: found.message }]
}

export interface ExpressionEditor {
  setText(text: string): void
  setReadonly(readonly: boolean): void
  destroy(): void
}

const lock = (readonly: boolean): Extension => [
  EditorState.readOnly.of(readonly),
  EditorView.editable.of(!readonly),
]

export function mountExpressionEditor(options: Options): ExpressionEditor {
  const editable = new Compartment()
  let quiet = false
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        history(),
        closeBrackets(),
        autocompletion({ override: [completing(options)], icons: false }),
        keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        options.template ? [] : [oneLine, expressions, syntaxHighlighting(colours)],
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': options.label }),
        placeholder(options.hint),
        look,
        linter((target) => findings(target, options), { delay: CHECK_AFTER_MS }),
        editable.of(lock(options.readonly)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) options.changed(update.state.doc.toString())
        }),
      ],
    }),
  })
  return {
    setText(text) {
      if (text === view.state.doc.toString()) return
      quiet = true
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
      quiet = false
    },
    setReadonly: (readonly) => view.dispatch({ effects: editable.reconfigure(lock(readonly)) }),
    destroy: () => view.destroy(),
  }
}
