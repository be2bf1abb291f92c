// What is pasted into an article: pictures of other sites stay there, a picture on the clipboard comes in.

const OURS = '/api/v1/knowledge/pictures/'

/** The text without pictures that lie elsewhere (readers could not load them), and how many were left out. */
export function withoutForeignPictures(html: string): { html: string; left: number } {
  if (!/<img\b/i.test(html)) return { html, left: 0 }
  const page = new DOMParser().parseFromString(html, 'text/html')
  const foreign = [...page.querySelectorAll('img')].filter(
    (picture) => !picture.getAttribute('src')?.startsWith(OURS),
  )
  for (const picture of foreign) picture.remove()
  return { html: page.body.innerHTML, left: foreign.length }
}

/** The picture that was copied as such. Programs for documents put a picture of the text beside the text: that is none. */
export function pictureIn(data: Pick<DataTransfer, 'files' | 'getData'> | null): File | null {
  const picture = [...(data?.files ?? [])].find((file) => file.type.startsWith('image/'))
  if (!picture || !data) return null
  const page = new DOMParser().parseFromString(data.getData('text/html'), 'text/html')
  return page.body.textContent?.trim() ? null : picture
}
