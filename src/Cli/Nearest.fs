/// The nearest valid name to a mistyped one.
module Mtrl.Cli.Nearest

/// Edits (insert, delete, replace, swap neighbours) that turn one word into the other.
let distance (a: string) (b: string) =
    let d = Array2D.zeroCreate (a.Length + 1) (b.Length + 1)

    for i in 0 .. a.Length do
        for j in 0 .. b.Length do
            d[i, j] <-
                if i = 0 || j = 0 then
                    i + j
                else
                    let same = if a[i - 1] = b[j - 1] then 0 else 1
                    let plain = min (d[i - 1, j - 1] + same) (min d[i - 1, j] d[i, j - 1] + 1)

                    if i > 1 && j > 1 && a[i - 1] = b[j - 2] && a[i - 2] = b[j - 1] then
                        min plain (d[i - 2, j - 2] + 1)
                    else
                        plain

    d[a.Length, b.Length]

/// The best of `names` for `word`, where it is plausibly what was meant: it begins with the
/// word, or at most a third of the letters differ.
let find names (word: string) =
    let cost (name: string) =
        if word.Length > 1 && name.StartsWith word then
            0
        else
            distance word name

    let plausible (name: string) =
        cost name <= max 1 (max name.Length word.Length / 3)

    match names |> List.filter plausible with
    | [] -> None
    | near -> Some(List.minBy cost near)

/// " Nearest: X." or, where nothing is near, " There are: a, b, c."
let hint names word =
    match find names word with
    | Some name -> $" Nearest: {name}."
    | None -> " There are: " + String.concat ", " names + "."
