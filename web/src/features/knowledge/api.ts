// Requests about knowledge.

import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'

import { useChange } from '@/shared/api/changes'
import { api, saveBlob, unwrap } from '@/shared/api/client'
import type { components } from '@/shared/api/generated'

type Schemas = components['schemas']
export type ArticleBrief = Schemas['ArticleBrief']
export type ArticleRead = Schemas['ArticleRead']
export type ArticleFields = Omit<Schemas['ArticleSave'], 'revision'>
export type ArticleView = Schemas['ArticleView']
export type ArticleState = Schemas['ArticleState']
export type CategoryRead = Schemas['CategoryRead']
export type Hit = Schemas['Hit']
export type ImportPreview = Schemas['ImportPreview']
export type DiffPiece = Schemas['DiffPiece']

const article = (id: string) => ({ path: { article_id: id } })

export interface Within {
  category?: string
  department?: string
}
export const search = (q: string, channel: 'desk' | 'page' | 'suggest', within: Within = {}, limit = 10) =>
  unwrap(api.GET('/api/v1/knowledge/search', { params: { query: { q, channel, ...within, limit } } }))
export const searchPublic = (q: string) =>
  unwrap(api.GET('/api/v1/public/knowledge/search', { params: { query: { q } } }))
export const fetchView = (id: string) =>
  unwrap(api.GET('/api/v1/knowledge/view/{article_id}', { params: article(id) }))
export const fetchPublicView = (id: string) =>
  unwrap(api.GET('/api/v1/public/knowledge/articles/{article_id}', { params: article(id) }))
export const judge = (id: string, solved: boolean, open: boolean) =>
  unwrap(
    open
      ? api.POST('/api/v1/public/knowledge/articles/{article_id}/feedback', {
          params: article(id),
          body: { solved, note: '' },
        })
      : api.POST('/api/v1/knowledge/view/{article_id}/feedback', {
          params: article(id),
          body: { solved, note: '' },
        }),
  )
export const sendBySms = (id: string, body: Schemas['SmsAnswer']) =>
  unwrap(api.POST('/api/v1/knowledge/view/{article_id}/sms', { params: article(id), body }))
export const keep = (id: string, kept: boolean) =>
  unwrap(
    kept
      ? api.PUT('/api/v1/knowledge/articles/{article_id}/favourite', { params: article(id) })
      : api.DELETE('/api/v1/knowledge/articles/{article_id}/favourite', { params: article(id) }),
  )

const asked = <T>(key: string, ask: () => Promise<T>) =>
  useQuery({ queryKey: ['knowledge', key], queryFn: ask })
export const useHot = () => asked('hot', () => unwrap(api.GET('/api/v1/knowledge/hot')))
export const usePublicHot = () => asked('public-hot', () => unwrap(api.GET('/api/v1/public/knowledge/hot')))
export const useFavourites = () => asked('favourites', () => unwrap(api.GET('/api/v1/knowledge/favourites')))
export const useCategories = () => asked('categories', () => unwrap(api.GET('/api/v1/knowledge/categories')))
export const useDepartments = () =>
  asked('departments', () => unwrap(api.GET('/api/v1/knowledge/departments')))
export const useReminders = () => asked('reminders', () => unwrap(api.GET('/api/v1/knowledge/reminders')))
export const useMissing = () => asked('missing', () => unwrap(api.GET('/api/v1/knowledge/missing')))
export const useSynonyms = () => asked('synonyms', () => unwrap(api.GET('/api/v1/knowledge/synonyms')))

export interface ListFilter {
  state: ArticleState | ''
  category: string
  words: string
}
export const useArticles = (filter: Ref<ListFilter>, pages: Ref<number>) =>
  useQuery({
    queryKey: computed(() => ['knowledge', 'articles', filter.value, pages.value]),
    queryFn: async () => {
      const items: ArticleBrief[] = []
      let cursor: string | null | undefined
      for (let page = 0; page < pages.value; page += 1) {
        const { state, category, words } = filter.value
        const query = { state: state ? [state] : undefined, category, q: words, cursor: cursor ?? undefined }
        const found = await unwrap(api.GET('/api/v1/knowledge/articles', { params: { query } }))
        items.push(...found.items)
        cursor = found.next_cursor
        if (!cursor) break
      }
      return { items, more: Boolean(cursor) }
    },
  })
export const fetchArticle = (id: string) =>
  unwrap(api.GET('/api/v1/knowledge/articles/{article_id}', { params: article(id) }))
export const fetchVersions = (id: string) =>
  unwrap(api.GET('/api/v1/knowledge/articles/{article_id}/versions', { params: article(id) }))
export const fetchDiff = (id: string, from: number) =>
  unwrap(
    api.GET('/api/v1/knowledge/articles/{article_id}/diff', {
      params: { path: { article_id: id }, query: { from, to: 0 } },
    }),
  )

export const useSaveArticle = () =>
  useChange(
    ['knowledge'],
    ({
      id,
      fields,
      revision,
      source,
    }: {
      id: string | null
      fields: ArticleFields
      revision: number
      source: string
    }) =>
      id === null
        ? unwrap(api.POST('/api/v1/knowledge/articles', { body: { ...fields, source } }))
        : unwrap(
            api.PUT('/api/v1/knowledge/articles/{article_id}', {
              params: article(id),
              body: { ...fields, revision },
            }),
          ),
    true,
  )
export const useStep = () =>
  useChange(['knowledge'], ({ id, step }: { id: string; step: 'submit' | 'approve' }) =>
    unwrap(
      step === 'submit'
        ? api.POST('/api/v1/knowledge/articles/{article_id}/submit', { params: article(id) })
        : api.POST('/api/v1/knowledge/articles/{article_id}/approve', { params: article(id) }),
    ),
  )
export const useDecide = () =>
  useChange(
    ['knowledge'],
    ({ id, step, reason }: { id: string; step: 'return' | 'withdraw'; reason: string }) =>
      unwrap(
        step === 'return'
          ? api.POST('/api/v1/knowledge/articles/{article_id}/return', {
              params: article(id),
              body: { reason },
            })
          : api.POST('/api/v1/knowledge/articles/{article_id}/withdraw', {
              params: article(id),
              body: { reason },
            }),
      ),
  )
export const useRestore = () =>
  useChange(['knowledge'], ({ id, version }: { id: string; version: number }) =>
    unwrap(
      api.POST('/api/v1/knowledge/articles/{article_id}/versions/{version}/restore', {
        params: { path: { article_id: id, version } },
      }),
    ),
  )

function multipart(file: File, more: Record<string, string> = {}): never {
  const body = new FormData()
  body.append('file', file)
  for (const [key, value] of Object.entries(more)) body.append(key, value)
  return body as never
}
export const attach = (id: string, file: File, picture: boolean) =>
  unwrap(
    api.POST('/api/v1/knowledge/articles/{article_id}/attachments', {
      params: { path: { article_id: id }, query: { picture } },
      body: multipart(file),
    }),
  )
export const detach = (id: string, attachment: string) =>
  unwrap(
    api.DELETE('/api/v1/knowledge/articles/{article_id}/attachments/{attachment_id}', {
      params: { path: { article_id: id, attachment_id: attachment } },
    }),
  )
export async function fetchFile(id: string, attachment: string, open: boolean): Promise<Blob> {
  const params = { path: { article_id: id, attachment_id: attachment } }
  return (await unwrap(
    open
      ? api.GET('/api/v1/public/knowledge/articles/{article_id}/attachments/{attachment_id}', {
          params,
          parseAs: 'blob',
        })
      : api.GET('/api/v1/knowledge/articles/{article_id}/attachments/{attachment_id}', {
          params,
          parseAs: 'blob',
        }),
  )) as unknown as Blob
}

export const previewImport = (file: File) =>
  unwrap(api.POST('/api/v1/knowledge/import/preview', { body: multipart(file) }))
export const useImport = () =>
  useChange(
    ['knowledge'],
    (wanted: { file: File; category: string }) =>
      unwrap(
        api.POST('/api/v1/knowledge/import/file', {
          body: multipart(wanted.file, { category_id: wanted.category }),
        }),
      ),
    true,
  )
export const useHandle = () =>
  useChange(['knowledge'], (question: string) =>
    unwrap(api.POST('/api/v1/knowledge/missing/handled', { body: { question } })),
  )
export const useSaveSynonyms = () =>
  useChange(['knowledge'], (groups: string[][]) =>
    unwrap(api.PUT('/api/v1/knowledge/synonyms', { body: { groups } })),
  )
export const useAddCategory = () =>
  useChange(['knowledge'], (body: Schemas['CategoryFields']) =>
    unwrap(api.POST('/api/v1/knowledge/categories', { body })),
  )
export const useRemoveCategory = () =>
  useChange(['knowledge'], (id: string) =>
    unwrap(
      api.DELETE('/api/v1/knowledge/categories/{category_id}', { params: { path: { category_id: id } } }),
    ),
  )
export const useChangeCategory = () =>
  useChange(['knowledge'], ({ id, body }: { id: string; body: Schemas['CategoryFields'] }) =>
    unwrap(
      api.PUT('/api/v1/knowledge/categories/{category_id}', { params: { path: { category_id: id } }, body }),
    ),
  )
export const useRoles = () =>
  useQuery({
    queryKey: ['options', 'roles'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/roles'))).items,
    staleTime: Infinity,
  })

interface Range {
  from: string
  to: string
}
export const useFigures = (range: Ref<Range>) =>
  useQuery({
    queryKey: computed(() => ['knowledge', 'figures', range.value]),
    queryFn: () => unwrap(api.GET('/api/v1/knowledge/figures', { params: { query: range.value } })),
    placeholderData: keepPreviousData,
  })
export async function saveFigures(range: Range, format: 'csv' | 'xlsx' | 'pdf'): Promise<void> {
  const params = { query: { ...range, format } }
  const blob = await unwrap(api.GET('/api/v1/knowledge/figures', { params, parseAs: 'blob' }))
  saveBlob(blob as unknown as Blob, `knowledge.${format}`)
}
