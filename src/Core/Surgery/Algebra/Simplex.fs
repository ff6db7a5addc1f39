/// Weights that are not negative and add up to 1.
module internal MtrlFunctional.Surgery.Simplex

/// All alike.
let middle count = Array.create count (1.0 / float count)

/// e^x / Σ e^x; large numbers do not overflow.
let softmax (xs: float[]) =
    let most = Array.max xs
    let powers = xs |> Array.map (fun x -> exp (x - most))
    let sum = Array.sum powers
    powers |> Array.map (fun p -> p / sum)

/// The closest weights in Euclidean distance (Duchi et al. 2008, "Efficient Projections onto the
/// ℓ1-Ball", fig. 1).
let project (xs: float[]) =
    let sorted = Array.sortDescending xs

    let shifts =
        sorted
        |> Array.scan (+) 0.0
        |> Array.tail
        |> Array.mapi (fun i sum -> (sum - 1.0) / float (i + 1))

    // The last shift below its number; there is one, since the first always is.
    let shift =
        Array.fold2
            (fun found x shift -> if x > shift then shift else found)
            shifts[0]
            sorted
            shifts

    xs |> Array.map (fun x -> max 0.0 (x - shift))
