/**
 * Text of a page whose contrast is too low, as WCAG 2.2 computes it (1.4.3, https://www.w3.org/TR/WCAG22/#contrast-minimum):
 * an expression for the page.
 */
export const lowContrast = (least: number): string => `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = (color) => {
    if (!known.has(color)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      known.set(color, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    return known.get(color);
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const background = (element) => {
    const rect = element.closest('g')?.querySelector(':scope > rect');
    if (rect && element.tagName === 'text') return rgba(getComputedStyle(rect).fill);
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  let seen = 0;
  for (const element of document.querySelectorAll('body *')) {
    if (!element.checkVisibility() || element.closest('.unseen, script, title, .skip')) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    seen++;
    const style = getComputedStyle(element);
    const [front, back] = [rgba(element.tagName === 'text' ? style.fill : style.color), background(element)].map(luminance);
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < ${least}) found.push(element.tagName + '.' + (element.className.baseVal ?? element.className) + ' ' + ratio.toFixed(2) + ' ' + element.textContent.trim().slice(0, 40));
  }
  return { seen, found };
})()`;
