// Who decides about an article.

import type { Me } from '@/shared/api/types'

import type { ArticleBrief } from './api'

/** Whoever wrote it last does not approve it, unless they keep the knowledge base; the server refuses the same. */
export const mayApprove = (
  article: Pick<ArticleBrief, 'updated_by'>,
  me: Pick<Me, 'id' | 'permissions'> | null,
): boolean => me !== null && (article.updated_by !== me.id || me.permissions.includes('knowledge.manage'))
