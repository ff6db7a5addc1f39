/// Values in the notation of a command line: `1280`, `True`, `[critic, decoder]`, `{a: 1}`,
/// `'text, in quotes'`, `${a.b}`.
///
/// Grammar: Hydra 1.0's override grammar; of its functions `choice` and `range`, for a search also `interval`.
///
/// Reading order: parse (one value) → alternatives (the values of a sweep) → interval (of a search) → print → whole.
module MtrlFunctional.Experiments.ValueText

open System
open System.Text
open System.Text.RegularExpressions

/// Deeper lists are refused, so that no input can exhaust the stack.
let private deepest = 16

/// The character after a value inside brackets.
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
    | _ -> scalar closers s i

and private blank (s: string) (i: int) =
    s.Length - s.AsSpan(i).TrimStart().Length

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

/// Up to one of `ends` outside `${…}`. A backslash makes a sign of the grammar plain.
and private plain (ends: string) (s: string) start =
    let text = StringBuilder()
    let mutable i = start
    let mutable depth = 0

    while i < s.Length && (depth > 0 || not (ends.Contains s[i])) do
        if s[i] = '\\' && i + 1 < s.Length && @"\()[]{}:=, ".Contains s[i + 1] then
            i <- i + 1
        elif s[i] = '{' && i > 0 && s[i - 1] = '$' then
            depth <- depth + 1
        elif s[i] = '}' && depth > 0 then
            depth <- depth - 1

        text.Append s[i] |> ignore
        i <- i + 1

    text.ToString().Trim(), i

/// A value without quotes; one with a backslash is a text.
and private scalar ends (s: string) start =
    let text, i = plain ends s start

    if s.IndexOf('\\', start, i - start) >= 0 then
        Value.Text text, i
    else
        Scalar.parse text, i

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

/// The name and the words in the brackets of `name(words)`, outside quotes.
let private call (s: string) =
    let s = s.Trim()

    match s.IndexOf '(' with
    | n when n > 0 && s.EndsWith ')' && Seq.forall Char.IsAsciiLetterLower s[.. n - 1] ->
        Some(s[.. n - 1], s.Substring(n + 1, s.Length - n - 2))
    | _ -> None

/// Functions of Hydra, and of programs that search, that denote several values; sweeps support the first two, a search the first four.
let private functions =
    List.ofArray ("choice range interval tag glob shuffle sort uniform loguniform log".Split ' ')

/// Functions of Hydra that change the type of a value.
let private casts = List.ofArray ("int float str bool json_str".Split ' ')

let private isCallOf names (s: string) =
    call s |> Option.exists (fun (name, _) -> List.contains name names)

/// The name of a function of several values whose bracket is not closed.
let private unclosed (s: string) =
    let s = s.Trim()

    match s.IndexOf '(' with
    | n when n > 0 && not (s.EndsWith ')') && List.contains s[.. n - 1] functions ->
        Some s[.. n - 1]
    | _ -> None

/// One value from `i` on, up to a comma outside brackets and quotes.
let private element (s: string) i =
    let start = blank s i

    if start < s.Length && "[{'\"".Contains s[start] then
        let found, i = value 0 s start
        found, blank s i
    else
        scalar "," s start

/// "0.001" for 0,001, which is no list that anybody means.
let private ofDecimalComma (s: string) =
    if Regex.IsMatch(s.Trim(), @"^[+-]*(0,[0-9]+|[0-9]+,0[0-9]+)\z") then
        Some(s.Trim().Replace(',', '.'))
    else
        None

/// A whole value, or why the text is none.
let parse (s: string) : Result<Value, string> =
    try
        let found, i = element s 0

        match call s with
        | Some(name, inner) when List.contains name casts ->
            Error $"is a cast of Hydra; each key reads what it needs here, write {inner}"
        | _ when isCallOf functions s ->
            Error
                "lists values to try one by one, as a sweep does (train -m, BuildSweep): else put a text in quotes"
        | _ when Scalar.isGrouped (s.Trim()) -> Ok(Scalar.parse (s.Trim()))
        | _ when i < s.Length && s[i] = ',' ->
            // A tuple of Python is a list here.
            let items = s.Trim().Trim('(', ')') |> Truncate.text 80

            let number =
                ofDecimalComma s
                |> Option.map (fun number -> $", a number with a point, {number}")
                |> Option.defaultValue ""

            Error
                $"lists values to try one by one, as a sweep does (train -m, BuildSweep). One list is written in brackets, [{items}], a text in quotes{number}"
        | _ when i < s.Length -> Error $"'{s.Substring i}' follows the closed value"
        | _ -> Ok found
    with Wrong why ->
        Error why

let private commaSeparated (s: string) =
    let rec more found i =
        let item, i = element s i

        if item = Value.Text "" && not (s.Contains '\'' || s.Contains '"') then
            raise (Wrong "a value between commas is missing")
        elif i >= s.Length then
            List.rev (item :: found)
        elif s[i] = ',' then
            more (item :: found) (i + 1)
        else
            raise (Wrong $"'{s.Substring i}' follows the closed value")

    more [] 0

/// More values of one key than anybody tries.
let private most = 10_000

/// Numbers from the first on, before the end; decimal, so that tenths stay tenths.
let private range (s: string) =
    let bound =
        function
        | Value.Int n -> decimal n
        | Value.Float x when abs x < 1e15 -> decimal x
        | _ -> raise (Wrong "range(first, end) or range(first, end, step) takes numbers")

    // Hydra takes start, stop and step by name, too.
    let ordered (items: Value list) =
        let named (name: string) =
            items
            |> List.tryPick (function
                | Value.Text text when text.StartsWith $"{name}=" ->
                    Some(Scalar.parse (text.Substring(name.Length + 1).Trim()))
                | _ -> None)

        let plain =
            items
            |> List.filter (function
                | Value.Text text -> not (text.Contains '=')
                | _ -> true)

        let named = [ named "start"; named "stop"; named "step" ]
        let isRead = plain.Length + List.length (List.choose id named) = items.Length

        match plain, named with
        | [], [ start; Some stop; step ] when isRead ->
            [ Option.defaultValue (Value.Int 0L) start; stop ] @ Option.toList step
        | [ start ], [ None; Some stop; step ] when isRead -> [ start; stop ] @ Option.toList step
        | [ start; stop ], [ None; None; Some step ] when isRead -> [ start; stop; step ]
        | _ -> items

    let first, stop, step, isWhole =
        match commaSeparated s |> ordered |> List.map Scalar.typed with
        | [ stop ] -> 0m, bound stop, 1m, stop.IsInt
        | [ first; stop ] -> bound first, bound stop, 1m, first.IsInt && stop.IsInt
        | [ first; stop; step ] ->
            let isWhole = first.IsInt && stop.IsInt && step.IsInt
            bound first, bound stop, bound step, isWhole
        | _ -> raise (Wrong "range(first, end) or range(first, end, step) takes numbers")

    if step = 0m then
        raise (Wrong "the step of a range is 0")

    match ceil ((stop - first) / step) with
    | count when count < 1m -> raise (Wrong "the range is empty: its end does not belong to it")
    | count when count > decimal most -> raise (Wrong $"the range has more than {most} numbers")
    | count -> [
        for i in 0m .. count - 1m do
            let number = first + i * step

            if isWhole then
                Value.Int(int64 number)
            else
                Value.Float(float number)
      ]

/// The values of a sweep, `a,b`, `choice(a, b)` or `range(1, 4)`; none for a single value, which
/// `parse` reads.
let internal alternatives (s: string) : Result<Value list option, string> =
    try
        match call s, unclosed s with
        | Some("choice", inner), _ -> Ok(Some(commaSeparated inner))
        | Some("range", inner), _ -> Ok(Some(range inner))
        | Some(name, _), _ when List.contains name functions ->
            Error
                $"{name}(…) is not known here; choice(a, b) and range(1, 4) are, and in mtrl tune interval(low, high) and tag(log, interval(low, high))"
        | _, Some name when s.Contains ')' ->
            Error $"{name}(…) is all values of its key: write those behind its bracket within it"
        | _, Some name ->
            Error
                $"the bracket of {name}( is not closed; in a shell the whole value stands in quotes: '{name}(1, 4)'"
        | _ ->
            let _, i = element s 0

            if i >= s.Length || Scalar.isGrouped (s.Trim()) then Ok None
            elif s[i] = ',' then Ok(Some(commaSeparated s))
            else Error $"'{s.Substring i}' follows the closed value"
    with Wrong why ->
        Error why

/// The bounds in the brackets of an interval.
let private bounds isLog (inner: string) =
    let number =
        function
        | Value.Int n -> float n
        | Value.Float x when Double.IsFinite x -> x
        | _ -> raise (Wrong "interval(low, high) takes two numbers")

    match commaSeparated inner |> List.map (Scalar.typed >> number) with
    | [ low; high ] when low >= high ->
        raise (Wrong "the interval is empty: its low end must be below its high end")
    | [ low; _ ] when isLog && low <= 0.0 ->
        raise (Wrong "the low end of a logarithmic interval must be above 0")
    | [ low; high ] -> low, high, isLog
    | _ -> raise (Wrong "interval(low, high) takes two numbers")

/// The bounds of `interval(low, high)` or `tag(log, interval(low, high))`, as Hydra's sweepers write them, and whether it is
/// logarithmic; none for another text.
let internal interval (s: string) : Result<(float * float * bool) option, string> =
    let tagged (inner: string) =
        match inner.Split(',', 2) |> Array.map _.Trim() with
        | [| "log"; rest |] ->
            match call rest with
            | Some("interval", inner) -> inner
            | _ -> raise (Wrong "a tag is written tag(log, interval(low, high))")
        | _ -> raise (Wrong "a tag is written tag(log, interval(low, high))")

    try
        match call s with
        | Some("interval", inner) -> Ok(Some(bounds false inner))
        | Some("tag", inner) -> Ok(Some(bounds true (tagged inner)))
        | _ -> Ok None
    with Wrong why ->
        Error why

/// Text that would not read as itself is put in quotes.
let private printText (text: string) =
    let plain =
        text <> ""
        && text.Trim() = text
        && not (text |> Seq.exists (fun c -> ",:[]{}'\"\\#".Contains c || Char.IsControl c))
        && Scalar.parse text = Value.Text text
        && not (isCallOf (functions @ casts) text)

    if plain then
        text
    else
        "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'"

/// A value on one line, with its texts and names as `text` prints them.
let rec internal printBy text =
    function
    | Value.Text found -> text found
    | Value.List found -> "[" + String.Join(", ", List.map (printBy text) found) + "]"
    | Value.Table found ->
        let entries = found |> List.map (fun (name, v) -> $"{text name}: {printBy text v}")
        "{" + String.Join(", ", entries) + "}"
    | scalar -> Scalar.print scalar

/// The text that `parse` reads as this value.
[<CompiledName("Print")>]
let print value = printBy printText value

/// Beyond this, not every whole number is one of a float.
let private mostExact = 9_007_199_254_740_992.0

/// The whole number that a value states, as people write it: 1280, 1e6, 1280.0, 1,000,000, 200k, 1.5M.
let whole value : int64 option =
    let scaled (text: string) =
        let factor =
            match Seq.tryLast text with
            | Some('k' | 'K') -> 1_000m
            | Some('m' | 'M') -> 1_000_000m
            | _ -> 0m

        let style = Globalization.NumberStyles.AllowDecimalPoint

        match
            Decimal.TryParse(
                text[.. text.Length - 2],
                style,
                Globalization.CultureInfo.InvariantCulture
            )
        with
        | true, number when factor > 0m && abs number < 1e12m ->
            let product = number * factor

            if product = truncate product then
                Some(int64 product)
            else
                None
        | _ -> None

    match Scalar.typed value with
    | Value.Int whole -> Some whole
    | Value.Float real when abs real <= mostExact && real = truncate real -> Some(int64 real)
    | Value.Text text -> scaled text
    | _ -> None
