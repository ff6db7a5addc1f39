/// Configurations as YAML: nested tables of scalars and lists.
///
/// Written by hand, so that order and layout are stable; read by YamlDotNet.
module internal MtrlFunctional.Experiments.Yaml

open System
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional
open YamlDotNet.Core
open YamlDotNet.Core.Events
open YamlDotNet.RepresentationModel

/// Deeper nesting, more nodes and longer texts are refused, whatever anchors make of them.
let private deepest, most, longest = 24, 100_000, 1_000_000

exception private Wrong of line: int64 * why: string

let private plainName = Regex @"^[A-Za-z_][A-Za-z0-9_./$-]*\z"

let private isPlain (text: string) =
    plainName.IsMatch text
    && Scalar.parse text = Value.Text text
    && not (List.contains (text.ToLowerInvariant()) [ "yes"; "no"; "on"; "off"; "y"; "n" ])

/// Whether a character needs no escape in a file.
let private isReadable (c: char) =
    not (Char.IsControl c || Char.IsSurrogate c)
    && (c <= '\u007e' || Char.IsLetter c)

let private quote (text: string) =
    let escaped c =
        match c with
        | '"'
        | '\\' -> $"\\{c}"
        | c when not (isReadable c) -> $"\\u{int c:x4}"
        | c -> string c

    "\"" + String.collect escaped text + "\""

let private printText text =
    if isPlain text then text else quote text

let private flow = ValueText.printBy printText

/// Lines, and the path of what begins in each. Tables and lists of lists one entry a line, all
/// else on one line.
let rec private block indent path name value =
    let inner = indent + "  "
    let head = $"{indent}{printText name}:"
    let path = path @ [ name ]

    match value with
    | Value.Table(_ :: _ as entries) ->
        (head, path) :: (entries |> List.collect (fun (n, v) -> block inner path n v))
    | Value.List(Value.List _ :: _ as rows) ->
        (head, path) :: (rows |> List.map (fun row -> $"{inner}- {flow row}", []))
    | value -> [ $"{head} {flow value}", path ]

/// Comments are aligned where lines are not longer than this.
let private commentColumn = 64

let private commented (line: string, comment) =
    match comment with
    | Some comment ->
        let readable =
            Truncate.text 120 comment
            |> String.map (fun c -> if isReadable c then c else '?')

        $"{line.PadRight commentColumn}  # {readable}"
    | None -> line

/// Puts a value into a table, along names that need not be there yet.
let rec put names value table =
    match names, table with
    | [], _ -> value
    | name :: rest, Value.Table entries when List.exists (fst >> (=) name) entries ->
        entries
        |> List.map (fun (n, v) -> n, (if n = name then put rest value v else v))
        |> Value.Table
    | name :: rest, Value.Table entries ->
        Value.Table(entries @ [ name, put rest value (Value.Table []) ])
    | _ -> put names value (Value.Table [])

/// YAML of values at dotted paths, each at the position of its first part, with a comment where there is one for a path.
let print (comment: string -> string option) (entries: (string * Value) list) =
    let nested =
        (Value.Table [], entries)
        ||> List.fold (fun table (path, value) -> put (List.ofArray (path.Split '.')) value table)

    match nested with
    | Value.Table entries ->
        entries
        |> List.collect (fun (name, v) -> block "" [] name v)
        |> List.map (fun (line, path) -> commented (line, comment (String.Join(".", path))) + "\n")
        |> String.concat ""
    | _ -> ""

/// Before the tree is built: building it recurses.
let private checkDepth (text: string) =
    let parser = Parser(new StringReader(text))
    let mutable depth = 0

    while parser.MoveNext() do
        match parser.Current with
        | :? MappingStart
        | :? SequenceStart -> depth <- depth + 1
        | :? MappingEnd
        | :? SequenceEnd -> depth <- depth - 1
        | _ -> ()

        match parser.Current with
        | null -> ()
        | event when depth > deepest ->
            raise (Wrong(event.Start.Line, $"nested deeper than {deepest}"))
        | _ -> ()

let private toValue (root: YamlNode) =
    let mutable nodes = 0

    let rec value depth (node: YamlNode) =
        nodes <- nodes + 1

        if depth > deepest || nodes > most then
            raise (Wrong(node.Start.Line, "too large, or an anchor that contains itself"))

        match node with
        | :? YamlScalarNode as scalar ->
            match scalar.Style, string scalar.Value with
            | ScalarStyle.Plain, ("" | "~") -> Value.Null
            | ScalarStyle.Plain, text -> Scalar.parse text
            | _, text -> Value.Text text
        | :? YamlSequenceNode as list ->
            list.Children |> Seq.map (value (depth + 1)) |> List.ofSeq |> Value.List
        | :? YamlMappingNode as table ->
            table.Children
            |> Seq.map (fun entry ->
                match entry.Key with
                | :? YamlScalarNode as name -> string name.Value, value (depth + 1) entry.Value
                | _ -> raise (Wrong(entry.Key.Start.Line, "a name must be a text")))
            |> List.ofSeq
            |> Value.Table
        | _ -> raise (Wrong(node.Start.Line, "an alias without its anchor"))

    value 0 root

let private parseShort (text: string) : Result<(string * Value) list, ConfigError> =
    try
        checkDepth text
        let stream = YamlStream()
        stream.Load(new StringReader(text))

        match Seq.toList stream.Documents with
        | [ document ] ->
            match toValue document.RootNode with
            | Value.Table entries -> Ok entries
            | _ -> Error(ConfigError.BadYaml(1, "there is no table of settings"))
        | [] -> Error(ConfigError.BadYaml(1, "it is empty"))
        | documents ->
            Error(ConfigError.BadYaml(1, $"one document is needed, {documents.Length} found"))
    with
    | Wrong(line, why) -> Error(ConfigError.BadYaml(int line, why))
    | :? YamlException as e ->
        let why = Truncate.text 200 (e.Message.TrimEnd '.')
        // What is wrong is where the parser stopped, not where the table around it begins.
        Error(ConfigError.BadYaml(int (max e.Start.Line e.End.Line), why))
    // YamlDotNet throws exceptions of many types on texts that end early or hold events at wrong places.
    | e when not (e :? OutOfMemoryException) -> Error(ConfigError.BadYaml(1, "this is not YAML"))

/// The values of tables in tables at dotted paths. A table without entries is a value, and so is one at a path of `isWhole`.
let flat isWhole entries =
    let rec inside path =
        function
        | Value.Table(_ :: _ as entries) when not (isWhole path) ->
            entries
            |> List.collect (fun (name, value) ->
                inside (if path = "" then name else $"{path}.{name}") value)
        | value -> [ path, value ]

    inside "" (Value.Table entries)

/// The table that a YAML text holds. A byte order mark in front of it is no part of it.
let parse (text: string) : Result<(string * Value) list, ConfigError> =
    let text = text.TrimStart '\uFEFF'

    if text.Length > longest then
        let why =
            $"the text has {Digits.grouped text.Length} characters, at most {Digits.grouped longest} are read"

        Error(ConfigError.BadYaml(1, why))
    else
        parseShort text
