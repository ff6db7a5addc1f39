/// Suggestions for mistyped names.
module MtrlFunctional.Nearest

open System
open System.Text.RegularExpressions

/// The Damerau–Levenshtein distance of two words (optimal string alignment): the number of inserted, deleted,
/// replaced and swapped neighbouring letters. Case is ignored.
let internal distance (a: string) (b: string) =
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

/// The parts between signs, and of "SawyerDoorEnvV2" its words.
let private parts (text: string) =
    Regex
        .Replace(text, "(?<=[a-z])(?=[A-Z])", "-")
        .ToLowerInvariant()
        .Split([| '-'; '_'; '.'; '/'; ' ' |])

/// Whether a part of the name begins or ends with `given` without its signs or with a part of it, of at least three letters:
/// "mtppo" for "ppo", "metaworld-mt10" for "mt10" and "MT-10".
let private shares (given: string) (name: string) =
    let own = parts given

    Array.append own [| String.Join("", own) |]
    |> Array.filter (fun part -> part.Length >= 3)
    |> Array.exists (fun part ->
        parts name |> Array.exists (fun own -> own.StartsWith part || own.EndsWith part))

/// The names nearest to `given`, best first, at most `count`. A name is near if it begins with `given` or, of four letters, `given` with it, if `given` is an
/// option and one of its parts, or if at most a third of its letters differ; names more than one edit worse than the best are left
/// out. Where none is near, those that share a part, with the fewest other parts first.
let internal names count (candidates: string seq) (given: string) : string list =
    let begins (name: string) =
        given.Length > 1 && name.StartsWith(given, StringComparison.OrdinalIgnoreCase)
        || name.Length > 3 && given.StartsWith(name, StringComparison.OrdinalIgnoreCase)

    let whole = given.ToLowerInvariant().Trim '-'

    let isPart (name: string) =
        whole.Length >= 3 && given.StartsWith '-' && Array.contains whole (parts name)

    // The distance is at least the difference of the lengths, so most words are left out without it.
    let score (name: string) =
        let most = max 1 (max given.Length name.Length / 3)

        if begins name || isPart name then
            Some(min (distance given name) 1)
        elif abs (given.Length - name.Length) > most then
            None
        else
            Some(distance given name) |> Option.filter (fun edits -> edits <= most)

    let near =
        candidates
        |> Seq.distinct
        |> Seq.choose (fun name -> score name |> Option.map (fun n -> n, name))
        |> Seq.sortBy (fun (n, name) -> n, distance given name, name)
        |> Seq.toList

    match near with
    | [] ->
        candidates
        |> Seq.distinct
        |> Seq.filter (shares given)
        |> Seq.sortBy (fun name ->
            Array.except (parts given) (parts name) |> Array.length, distance given name, name)
        |> Seq.truncate count
        |> Seq.toList
    | (best, _) :: _ ->
        near
        |> List.filter (fun (n, _) -> n <= best + 1)
        |> List.truncate count
        |> List.map snd

/// The end of an error message with near names: " Nearest: reach-v3, reach-wall-v3." or nothing.
let sentence (near: string list) =
    match near with
    | [] -> ""
    | near -> let list = String.Join(", ", near) in $" Nearest: {list}."

/// The same with the names nearest to one that there is not.
[<CompiledName("Hint")>]
let hint candidates given = sentence (names 3 candidates given)
