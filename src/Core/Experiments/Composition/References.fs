/// Replaces references by values: `${a.b}` alone is the value of a.b, within a text for
/// its spelling. Chains are followed; circles and names of no key are mistakes.
module internal MtrlFunctional.Experiments.References

open System.Collections.Generic
open System.Text.RegularExpressions
open MtrlFunctional

/// Longer texts are refused: references to references could otherwise grow without bound.
let private longest = 10_000

exception private Broken of ConfigError

let private reference = Regex @"\$\{([^}]*)\}"

/// The pieces of a text: plain ones and names of keys, in order.
let private pieces (text: string) =
    reference.Split text
    |> List.ofArray
    |> List.mapi (fun i piece ->
        // What the group of the pattern found stands between the others.
        if i % 2 = 1 then
            Choice2Of2(piece.Trim())
        else
            Choice1Of2 piece)
    |> List.filter ((<>) (Choice1Of2 ""))

/// The name of the key that a text refers to as a whole: "${a.b}" gives "a.b".
let tryName (text: string) =
    match pieces text with
    | [ Choice2Of2 name ] -> Some name
    | _ -> None

/// The names in a text, whole or not.
let names (text: string) =
    pieces text
    |> List.choose (function
        | Choice2Of2 name -> Some name
        | Choice1Of2 _ -> None)

let private spelling =
    function
    | Value.Text text -> text
    | value -> ValueText.print value

let rec private entry names table =
    match names, table with
    | [], value -> Some value
    | name :: rest, Value.Table entries ->
        entries
        |> List.tryFind (fst >> (=) name)
        |> Option.bind (fun (_, inner) -> entry rest inner)
    | _ -> None

/// The circle that ends at `path`, written from its alphabetically first key on, so that it is the
/// same from wherever it was entered.
let private circle path trail =
    let members = List.rev trail |> List.skipWhile ((<>) path)
    let start = members |> List.findIndex ((=) (List.min members))
    let turned = List.skip start members @ List.take start members
    turned @ [ turned.Head ]

/// A name beside a key, ".num_layers", or above it, "..name", as OmegaConf has them, from the root.
let private fromRoot (key: string) (name: string) =
    let own = name.TrimStart '.'
    let parts = key.Split '.'

    match name.Length - own.Length with
    | 0 -> name
    | up ->
        Array.truncate (max 0 (parts.Length - up)) parts
        |> fun above -> Array.append above [| own |]
        |> String.concat "."

/// The value of every key, and what is wrong with those that have none; these read as null. `added` are values of words
/// that no key of the table reads: `+key=value`.
let resolve
    table
    (added: Map<string, Value>)
    (raw: Key -> Value)
    : Map<string, Value> * Map<string, ConfigError> =
    let known = Dictionary<string, Value>()

    let rec value trail (key: Key) =
        match known.TryGetValue key.Path with
        | true, found -> found
        | _ ->
            if List.contains key.Path trail then
                raise (Broken(ConfigError.Circle(circle key.Path trail)))

            let found = expand (key.Path :: trail) (raw key)
            known[key.Path] <- found
            found

    and expand trail =
        function
        | Value.Text text when text.Contains "${" ->
            match pieces text with
            | [ Choice2Of2 name ] -> look trail name
            | parts ->
                let spell =
                    function
                    | Choice1Of2 plain -> plain
                    | Choice2Of2 name -> spelling (look trail name)

                let whole = parts |> List.map spell |> String.concat ""

                if whole.Length > longest then
                    let allowed = $"at most {longest} characters with its references filled in"

                    raise (
                        Broken(ConfigError.BadValue(List.head trail, Value.Text text, allowed, ""))
                    )

                Value.Text whole
        | Value.List values -> values |> List.map (expand trail) |> Value.List
        | Value.Table entries ->
            entries |> List.map (fun (n, v) -> n, expand trail v) |> Value.Table
        | value -> value

    and look trail name =
        let name = fromRoot (List.head trail) name
        let path = Table.full name

        match Table.tryKey path table, Table.owner path table, Map.tryFind path added with
        | Some key, _, _ ->
            match value trail key with
            | Value.Null
            | Value.List _
            | Value.Table _ as found -> found
            | scalar -> key.Canonical scalar
        | None, Some(key, names), _ when (entry names (value trail key)).IsSome ->
            (entry names (value trail key)).Value
        | None, _, Some found -> expandOnce path trail found
        | _ ->
            let key = List.head trail

            match HydraWords.ofReference name with
            | Some instead ->
                ConfigError.Malformed(key, $"${{{name}}} is filled in by other programs; {instead}")
            | None ->
                let near = Table.nearest (fun _ -> true) name table
                ConfigError.UnknownReference(key, name, near)
            |> Broken
            |> raise

    and expandOnce path trail found =
        if List.contains path trail then
            raise (Broken(ConfigError.Circle(circle path trail)))

        expand (path :: trail) found

    let results = [
        for key in Table.keys table ->
            try
                Ok(key.Path, value [] key)
            with Broken error ->
                Error(key.Path, error)
    ]

    let values, broken = Results.partition results
    Map.ofList (values @ [ for path, _ in broken -> path, Value.Null ]), Map.ofList broken
