// Pictures that are pasted into an article.
import { expect, it } from 'vitest'

import { pictureIn, withoutForeignPictures } from '@/features/knowledge/pasting'

const clipboard = (html: string, ...files: File[]) => ({
  files: files as unknown as FileList,
  getData: () => html,
})
const shot = new File(['x'], 'shot.png', { type: 'image/png' })

it('pictures of other sites stay there, our own come along', () => {
  const ours = '<p>甲</p><img src="/api/v1/knowledge/pictures/7">'
  expect(withoutForeignPictures(ours)).toEqual({ html: ours, left: 0 })
  expect(withoutForeignPictures('<p>甲<img src="https://a.example/x.png">乙</p><img>')).toEqual({
    html: '<p>甲乙</p>',
    left: 2,
  })
})

it('a screenshot is a picture, text that a word processor draws beside itself is none', () => {
  expect(pictureIn(clipboard('', shot))).toBe(shot)
  expect(pictureIn(clipboard('<img src="https://a.example/x.png">', shot))).toBe(shot)
  expect(pictureIn(clipboard('<p>一段文字</p>', shot))).toBeNull()
  expect(pictureIn(clipboard('', new File(['x'], 'a.txt', { type: 'text/plain' })))).toBeNull()
  expect(pictureIn(null)).toBeNull()
})
