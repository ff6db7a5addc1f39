/// The shortest vector in the convex hull of gradients, by their products.
module internal MtrlFunctional.Surgery.MinNorm

open System

/// Points that carry weight, and their weights, all positive.
type private Corral = { Points: int list; Weights: float list }

let private spread (gram: Gram) corral =
    let alpha = Array.zeroCreate gram.Size
    List.iter2 (fun point weight -> alpha[point] <- weight) corral.Points corral.Weights
    alpha

/// Weights, of either sign, of the shortest vector in the plane through the points:
/// M α + μ 1 = 0 with Σ α = 1.
let private inPlane (gram: Gram) (points: int list) =
    let points = List.toArray points
    let size = points.Length + 1
    // Points are divided by their lengths, so that long and short gradients have equal influence.
    let scale = points |> Array.map (fun p -> 1.0 / max (Gram.length gram p) 1e-150)

    let element at =
        match at / size, at % size with
        | i, j when i < points.Length && j < points.Length ->
            gram[points[i], points[j]] * scale[i] * scale[j]
        | i, j when i = j -> 0.0
        | i, j -> scale[min i j]

    let most = Array.max scale

    let matrix =
        Array.init (size * size) element
        |> Array.mapi (fun at x ->
            if at / size = points.Length || at % size = points.Length then
                x / most
            else
                x)

    let right = Array.init size (fun i -> if i = points.Length then 1.0 / most else 0.0)

    LinearSystem.solve 1e-16 matrix right
    |> ValueOption.map (fun solved -> List.init points.Length (fun i -> solved[i] * scale[i]))

/// Wolfe's minor cycle: from the current weights towards those in the plane, until a point loses
/// its weight; then again without it.
let rec private settle gram corral =
    match inPlane gram corral.Points with
    | ValueNone -> ValueNone
    | ValueSome wanted when wanted |> List.forall (fun w -> w > 0.0) ->
        ValueSome { corral with Weights = wanted }
    | ValueSome wanted ->
        // How far each point can go before it has no weight left.
        let far =
            List.map2
                (fun now w -> if w > 0.0 then infinity else now / (now - w))
                corral.Weights
                wanted

        let step = List.min far
        let moved = List.map2 (fun now w -> now + step * (w - now)) corral.Weights wanted

        let kept =
            List.zip3 corral.Points moved far
            |> List.filter (fun (_, weight, far) -> far > step && weight > 0.0)

        if List.isEmpty kept then
            ValueNone
        else
            settle gram {
                Points = kept |> List.map (fun (point, _, _) -> point)
                Weights = kept |> List.map (fun (_, weight, _) -> weight)
            }

/// Weights of the shortest vector, found by the algorithm of Wolfe (1976), "Finding the nearest
/// point in a polytope", doi:10.1007/BF01580381: a finite number of exact steps. `start` are
/// weights whose points with weight are affinely independent, for example an earlier solution.
let from (start: float[]) (gram: Gram) =
    let tolerance = 1e-16 * Gram.largest gram

    let rec improve rounds corral =
        let alpha = spread gram corral
        let gains = Gram.along gram alpha
        let squared = Array.fold2 (fun sum a g -> sum + a * g) 0.0 alpha gains
        let next = Seq.minBy (fun i -> gains[i]) (seq { 0 .. gram.Size - 1 })

        if rounds = 0 || gains[next] >= squared - tolerance || alpha[next] > 0.0 then
            alpha
        else
            let wider = { Points = next :: corral.Points; Weights = 0.0 :: corral.Weights }

            match settle gram wider with
            // Rounding decides from here on.
            | ValueSome better when Gram.squared gram (spread gram better) < squared ->
                improve (rounds - 1) better
            | _ -> alpha

    let points = [
        for i in 0 .. gram.Size - 1 do
            if start[i] > 0.0 then
                i
    ]

    let first = { Points = points; Weights = points |> List.map (fun i -> start[i]) }
    improve (20 * gram.Size) (settle gram first |> ValueOption.defaultValue first)

/// The vertex that is shortest.
let private shortest (gram: Gram) =
    let best = Seq.minBy (fun i -> gram[i, i]) (seq { 0 .. gram.Size - 1 })
    Array.init gram.Size (fun i -> if i = best then 1.0 else 0.0)

/// Weights of the shortest vector in the hull: not negative, adding up to 1.
let solve gram = from (shortest gram) gram

/// A step of Frank and Wolfe towards the vertex with the least gain, of exact length: the vertex,
/// how much of the old weights is kept, and the new weights.
let frankWolfeStep (gram: Gram) (alpha: float[]) =
    let gains = Gram.along gram alpha
    let squared = Array.fold2 (fun sum a g -> sum + a * g) 0.0 alpha gains
    let vertex = Seq.minBy (fun i -> gains[i]) (seq { 0 .. gram.Size - 1 })
    let vertexSquared, gain = gram[vertex, vertex], gains[vertex]
    let distance = squared + vertexSquared - 2.0 * gain

    let keep =
        if distance > 0.0 then
            Math.Clamp((vertexSquared - gain) / distance, 0.0, 1.0)
        else
            1.0

    let next =
        Array.mapi (fun i a -> keep * a + (if i = vertex then 1.0 - keep else 0.0)) alpha

    struct (vertex, keep, next)

/// Frank and Wolfe's way from equal weights: cheap steps, an approximation.
let frankWolfe steps gram =
    Seq.fold
        (fun alpha _ -> let struct (_, _, next) = frankWolfeStep gram alpha in next)
        (Simplex.middle gram.Size)
        (seq { 1..steps })
