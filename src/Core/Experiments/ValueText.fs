/// Values in the notation of a command line: `1280`, `True`, `[critic, decoder]`, `{a: 1}`,
/// `'text, in quotes'`, `${a.b}`.
///
/// Grammar: Hydra 1.0's override grammar, less its sweeps and functions.
module Mtrl.Experiments.ValueText

open System
open System.Text

/// Deeper lists are refused, so that no input can exhaust the stack.
let private deepest = 16

/// What follows a value inside brackets.
let private closers = ",]}:"

exception private Wrong of string

/// Reads from `i` on; every reader returns the value and the index after it.
let rec private value depth (s: string) i =
    if depth > deepest then
        raise (Wrong $"brackets are nested deeper than {deepest}")

    let i = blank s i

    if i >= s.Length then
        raise (Wrong "it ends in the middle of a list or table")

    match s[i] with
    | '[' -> list depth s (i + 1)
    | '{' -> table depth s (i + 1)
    | '\''
    | '"' -> let text, i = quoted s i in Value.Text text, i
    | _ -> let text, i = plain closers s i in Scalar.parse text, i

and private blank (s: string) i =
    let mutable i = i

    while i < s.Length && Char.IsWhiteSpace s[i] do
        i <- i + 1

    i

/// Between quotes, a backslash makes the next quote or backslash plain.
and private quoted (s: string) start =
    let text = StringBuilder()
    let mutable i = start + 1

    while i < s.Length && s[i] <> s[start] do
        if s[i] = '\\' && i + 1 < s.Length && "'\"\\".Contains s[i + 1] then
            i <- i + 1

        text.Append s[i] |> ignore
        i <- i + 1

    if i >= s.Length then
        raise (Wrong $"a quote {s[start]} is not closed")

    text.ToString(), i + 1

/// Up to one of `ends` outside `${…}`.
and private plain (ends: string) (s: string) start =
    let mutable i = start
    let mutable depth = 0

    while i < s.Length && (depth > 0 || not (ends.Contains s[i])) do
        if s[i] = '{' && i > 0 && s[i - 1] = '$' then
            depth <- depth + 1
        elif s[i] = '}' && depth > 0 then
            depth <- depth - 1

        i <- i + 1

    s.Substring(start, i - start).Trim(), i

and private items close one (s: string) i =
    let rec more found i =
        let item, i = one i
        let i = blank s i

        if i < s.Length && s[i] = ',' then
            more (item :: found) (i + 1)
        elif i < s.Length && s[i] = close then
            List.rev (item :: found), i + 1
        else
            raise (Wrong $"'{close}' is missing")

    let first = blank s i

    if first < s.Length && s[first] = close then
        [], first + 1
    else
        more [] i

and private list depth s i =
    let found, i = items ']' (value (depth + 1) s) s i
    Value.List found, i

and private table depth s i =
    let entry i =
        let i = blank s i

        let name, i =
            if i < s.Length && "'\"".Contains s[i] then
                quoted s i
            else
                plain closers s i

        let i = blank s i

        if i >= s.Length || s[i] <> ':' then
            raise (Wrong "a table is written {name: value, …}")

        let item, i = value (depth + 1) s (i + 1)
        (name, item), i

    let found, i = items '}' entry s i
    Value.Table found, i

/// A whole value, or why the text is none.
let parse (s: string) : Result<Value, string> =
    try
        let start = blank s 0

        if start >= s.Length then
            Ok(Value.Text "")
        elif "[{'\"".Contains s[start] then
            let found, i = value 0 s start

            if blank s i < s.Length then
                Error $"'{s.Substring i}' follows the closed value"
            else
                Ok found
        else
            let text, i = plain "," s start

            if i < s.Length then
                Error "a comma outside brackets lists values to sweep over; put a text in quotes"
            else
                Ok(Scalar.parse text)
    with Wrong why ->
        Error why

/// Text that would not read as itself is put in quotes.
let private printText (text: string) =
    let plain =
        text <> ""
        && text.Trim() = text
        && not (text |> Seq.exists (fun c -> ",:[]{}'\"\\#".Contains c || Char.IsControl c))
        && Scalar.parse text = Value.Text text

    if plain then
        text
    else
        "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'"

/// The text that `parse` reads as this value.
let rec print =
    function
    | Value.Null -> "null"
    | Value.Bool true -> "true"
    | Value.Bool false -> "false"
    | Value.Int whole -> string whole
    | Value.Float real -> Scalar.printFloat real
    | Value.Text text -> printText text
    | Value.List found -> "[" + String.Join(", ", List.map print found) + "]"
    | Value.Table found ->
        let entries = found |> List.map (fun (name, v) -> $"{printText name}: {print v}")
        "{" + String.Join(", ", entries) + "}"
