/// Random permutations by the method of Fisher and Yates, from the last index to the first
/// (Knuth 1997, The Art of Computer Programming, volume 2, algorithm 3.4.2 P).
module internal MtrlFunctional.Randomness.Shuffle

/// Permutes `items` in place. `draw i` is uniform in 0 … i; it is called once for each i from the
/// last index down to 1.
let inline inPlace ([<InlineIfLambda>] draw: int -> int) (items: 'a[]) =
    for i in items.Length - 1 .. -1 .. 1 do
        let j = draw i
        let moved = items[i]
        items[i] <- items[j]
        items[j] <- moved

/// Permutes `items` in place; the draw of place i is from the twig i of the key.
let keyed key (items: 'a[]) =
    items |> inPlace (fun i -> Key.below (i + 1) (Key.at (int64 i) key))
