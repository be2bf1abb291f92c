// What a caller would meet at a moment, up to the first choice of their own: the published flow of each hotline that keeps
// these hours, walked by the server's test bench.

import { api, unwrap } from '@/shared/api/client'

const LONGEST = 12

interface HeardStep {
  title: string
  prompts: { key: string; name: string; text: string; missing: boolean }[]
}

export interface CallerPath {
  hotline: string
  flow: string
  steps: HeardStep[]
  /** Where the walk stopped, in the server's words; "" at the caller's own choice. */
  end: string
}

type Walk = Awaited<ReturnType<typeof walk>>

const walk = (flow: string, version: number, hotline: string, at: string, nexts: number) =>
  unwrap(
    api.POST('/api/v1/flows/{flow_id}/simulate', {
      params: { path: { flow_id: flow } },
      body: {
        version,
        hotline_id: hotline,
        at,
        ani: '13800138000',
        dnis: '',
        real_queries: false,
        inputs: Array.from({ length: nexts }, () => ({
          kind: 'next' as const,
          key: '',
          text: '',
          s: 0,
          outcome: 'ok' as const,
          values: {},
        })),
      },
    }),
  )

/** Let what plays end, again and again, until the caller has to choose, a queue is reached, or the call ends. */
async function walkOn(flow: string, version: number, hotline: string, at: string): Promise<Walk> {
  let nexts = 0
  let walked = await walk(flow, version, hotline, at, nexts)
  while (walked.waiting?.what === 'prompt' && nexts < LONGEST) {
    nexts += 1
    walked = await walk(flow, version, hotline, at, nexts)
  }
  return walked
}

export async function callerPaths(hoursId: string, at: string): Promise<CallerPath[]> {
  const [hotlines, flows, prompts] = await Promise.all([
    unwrap(api.GET('/api/v1/hotlines')),
    unwrap(api.GET('/api/v1/flows')),
    unwrap(api.GET('/api/v1/prompts')),
  ])
  const words = new Map(prompts.items.map(({ key, name, text }) => [key, { name, text }]))
  const ours = hotlines.items.filter((hotline) => hotline.hours_id === hoursId)
  const paths = ours.map(async (hotline): Promise<CallerPath | null> => {
    const flow = flows.items.find(({ id }) => id === hotline.flow_id)
    if (!flow?.published_version) return null
    const walked = await walkOn(flow.id, flow.published_version, hotline.id, at)
    const steps = walked.steps
      .filter((step) => (step.prompts ?? []).length > 0)
      .map(({ title, prompts: heard = [] }) => ({
        title,
        prompts: heard.map(({ key, missing }) => ({
          key,
          missing,
          name: words.get(key)?.name ?? key,
          text: words.get(key)?.text ?? '',
        })),
      }))
    return { hotline: hotline.name, flow: flow.name, steps, end: walked.ended?.words ?? '' }
  })
  return (await Promise.all(paths)).filter((path) => path !== null)
}
