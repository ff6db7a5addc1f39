/// What a mistyped name may have meant.
module MtrlFunctional.Nearest

open System

/// Edits that turn one word into the other: inserting, deleting or replacing a letter, or swapping
/// two neighbours (the commonest slip of all), each counted once. Case is ignored.
let distance (a: string) (b: string) =
    let a, b = a.ToLowerInvariant(), b.ToLowerInvariant()

    let cost =
        Array2D.init (a.Length + 1) (b.Length + 1) (fun i j -> if i = 0 then j else i)

    for i in 1 .. a.Length do
        for j in 1 .. b.Length do
            let replaced = cost[i - 1, j - 1] + (if a[i - 1] = b[j - 1] then 0 else 1)
            let best = replaced |> min (cost[i - 1, j] + 1) |> min (cost[i, j - 1] + 1)
            let swapped = i > 1 && j > 1 && a[i - 1] = b[j - 2] && a[i - 2] = b[j - 1]
            cost[i, j] <- if swapped then min best (cost[i - 2, j - 2] + 1) else best

    cost[a.Length, b.Length]

/// The known names that `given` may mean, best first, at most `count`. A name is near if a third of
/// its letters would have to change at most, or if it begins with what was given; names that are
/// clearly worse than the best one are left out.
let names count (known: string seq) (given: string) : string list =
    let begins (name: string) =
        given.Length > 1 && name.StartsWith(given, StringComparison.OrdinalIgnoreCase)

    let slips name =
        let edits = distance given name

        if begins name then
            Some(min edits 1)
        elif edits <= max 1 (max given.Length name.Length / 3) then
            Some edits
        else
            None

    let near =
        known
        |> Seq.distinct
        |> Seq.choose (fun name -> slips name |> Option.map (fun n -> n, name))
        |> Seq.sortBy (fun (n, name) -> n, distance given name, name)
        |> Seq.toList

    match near with
    | [] -> []
    | (best, _) :: _ ->
        near
        |> List.filter (fun (n, _) -> n <= best + 1)
        |> List.truncate count
        |> List.map snd

/// The end of an error message: " Nearest: reach-v3, reach-wall-v3." or nothing.
let hint known given =
    match names 3 known given with
    | [] -> ""
    | near -> let list = String.Join(", ", near) in $" Nearest: {list}."
