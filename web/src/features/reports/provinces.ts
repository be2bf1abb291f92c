// The provinces as tiles: column and row of each in a grid that follows their places. No outline of borders is drawn: published
// outlines of China need an approved map number (审图号), which no package on npm carries.

export const TILES: Record<string, [number, number]> = {
  黑龙江: [8, 0],
  内蒙古: [6, 1],
  吉林: [8, 1],
  新疆: [0, 2],
  甘肃: [3, 2],
  宁夏: [4, 2],
  北京: [6, 2],
  辽宁: [7, 2],
  青海: [2, 3],
  陕西: [4, 3],
  山西: [5, 3],
  河北: [6, 3],
  天津: [7, 3],
  西藏: [1, 4],
  四川: [3, 4],
  重庆: [4, 4],
  河南: [5, 4],
  山东: [6, 4],
  江苏: [7, 4],
  云南: [3, 5],
  贵州: [4, 5],
  湖北: [5, 5],
  安徽: [6, 5],
  上海: [8, 5],
  湖南: [5, 6],
  江西: [6, 6],
  浙江: [7, 6],
  广西: [4, 7],
  广东: [5, 7],
  福建: [6, 7],
  台湾: [8, 7],
  海南: [4, 9],
  澳门: [5, 8],
  香港: [6, 8],
}

const ENDINGS = /(省|市|自治区|壮族自治区|回族自治区|维吾尔自治区|特别行政区)$/

/** The short name of a province: 广西壮族自治区 → 广西. */
export function shortProvince(name: string): string {
  const short = name.replace(ENDINGS, '').replace(/(壮族|回族|维吾尔)$/, '')
  return short in TILES ? short : name
}
