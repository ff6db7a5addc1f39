/// Names of folders for the combinations of a sweep.
module internal MtrlFunctional.Experiments.SweepNames

open System
open System.Security.Cryptography
open System.Text
open System.Text.RegularExpressions

/// A short name for each key: its last part, with those before it as far as they tell it from
/// the other keys.
let shortNames keys =
    let parts (key: string) =
        key.Split '.' |> List.ofArray |> List.rev

    let rec name count key =
        let ending = List.truncate count (parts key)
        let others = keys |> List.except [ key ]

        if
            count >= (parts key).Length
            || others |> List.forall (fun other -> List.truncate count (parts other) <> ending)
        then
            String.Join(".", List.rev ending)
        else
            name (count + 1) key

    keys |> List.map (fun key -> key, name 1 key) |> Map.ofList

/// Letters, digits and a few signs, so that no shell, script or file system minds.
let private safe (text: string) =
    let short = Regex.Replace(text, "[^A-Za-z0-9._+=,]+", "-")
    Regex.Replace(short, @"(?<=.)-\z", "")

let private longest = 100

let private hash (text: string) =
    Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes text))[..7]

/// Names of folders, different for different combinations, whatever is not safe in a name.
let folders (combinations: (string * string) list list) =
    let names =
        combinations |> List.collect (List.map fst) |> List.distinct |> shortNames

    let whole pairs =
        pairs |> List.map (fun (k, v) -> $"{k}={v}") |> String.concat ","

    let short pairs =
        pairs
        |> List.map (fun (key, value) -> $"{names[key]}={safe value}")
        |> String.concat ","

    let taken =
        combinations |> List.distinct |> List.countBy (short >> _.ToLowerInvariant())

    let ambiguous = taken |> List.filter (fun (_, n) -> n > 1) |> List.map fst |> set

    combinations
    |> List.map (fun pairs ->
        match short pairs with
        | name when name.Length <= longest && not (ambiguous.Contains(name.ToLowerInvariant())) ->
            name
        | name ->
            let hash = hash (whole pairs)
            $"{Seq.truncate (longest - hash.Length - 1) name |> String.Concat}-{hash}")
