/* Which sentences pass. Labels add up, everything else narrows down. */

let kept = new Uint8Array(total).fill(1);
let keptCount = total;

function filter() {
  const { kinds, voices, least, most, only, pair } = state;
  const narrow = least > 0 || most < 100, test = NAMES[only];
  keptCount = 0;
  for (let item = 0; item < total; item += 1) {
    const prob = its.prob[item];
    const keep =
      (!kinds.size || kinds.has(kindOf(item))) &&
      (!voices.size || voices.has(its.voice[item])) &&
      (!narrow || (prob >= 10 * least && prob >= 0 && prob <= 10 * most)) &&
      (!test || test(item)) &&
      (!pair || (its.kind[item] === pair[0] && its.other[item] === pair[1]));
    kept[item] = keep ? 1 : 0;
    keptCount += kept[item];
  }
}

/** Whether a sentence is to be seen: it passes, and has a hit when something is searched. */
const seen = (item) => Boolean(kept[item] && (!hitItems || hitItems[item]));

/** The next sentence after one, or before it, that passes and is of a kind; -1 at the end. */
function nextItem(from, by, wanted = () => true, first = 0, last = total) {
  for (let item = from + by; item >= first && item < last; item += by) if (kept[item] && wanted(item)) return item;
  return -1;
}
