// Who may approve an article.
import { expect, it } from 'vitest'

import { mayApprove } from '@/features/knowledge/review'

it('whoever wrote it last leaves the review to others, unless they keep the knowledge base', () => {
  const leader = { id: 'leader', permissions: ['knowledge.review'] }
  const keeper = { id: 'keeper', permissions: ['knowledge.review', 'knowledge.manage'] }
  expect(mayApprove({ updated_by: 'leader' }, leader)).toBe(false)
  expect(mayApprove({ updated_by: 'agent' }, leader)).toBe(true)
  expect(mayApprove({ updated_by: 'keeper' }, keeper)).toBe(true)
  expect(mayApprove({ updated_by: 'agent' }, null)).toBe(false)
})
