/// Paths as people write them: `~/runs`, `$SCRATCH/runs`. A shell fills these in at the start of a word and outside single
/// quotes, but not behind `key=`.
module MtrlFunctional.UserPath

open System

let private isName (c: char) = Char.IsAsciiLetterOrDigit c || c = '_'

/// The text with its variables filled in; none where one is not set.
let rec private fill (variable: string -> string option) (text: string) =
    match text.IndexOf '$' with
    | -1 -> Some text
    | at ->
        let rest = text.Substring(at + 1)

        let name, after =
            match rest.IndexOf '}' with
            | close when rest.StartsWith '{' && close > 0 ->
                rest[1 .. close - 1], rest.Substring(close + 1)
            | _ ->
                let name = rest |> Seq.takeWhile isName |> String.Concat
                name, rest.Substring name.Length

        match (if name = "" then None else variable name), fill variable after with
        | Some value, Some after -> Some(text[.. at - 1] + value + after)
        | _ -> None

/// The path with the home folder for a leading `~` and the values of variables; none where one of them is not set, or the
/// home of somebody else is meant (`~name`).
let internal expand (variable: string -> string option) (path: string) : string option =
    match path with
    | "~" -> variable "HOME"
    | path when path.StartsWith "~/" ->
        match variable "HOME", fill variable (path.Substring 1) with
        | Some home, Some rest -> Some(home.TrimEnd '/' + rest)
        | _ -> None
    | path when path.StartsWith '~' -> None
    | path -> fill variable path

/// As `expand`, with the variables of this process.
let expandHere (path: string) : string option =
    expand (Environment.GetEnvironmentVariable >> Option.ofObj) path
