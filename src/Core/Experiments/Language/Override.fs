namespace MtrlFunctional.Experiments

/// One word of a command line, as written.
type Override =
    /// `key=value`: the key must exist.
    | Set of key: string * value: Value
    /// `+key=value`: the key may be new.
    | Add of key: string * value: Value
    /// `++key=value`: set or add.
    | Force of key: string * value: Value
    /// `~key` or `~key=value`: take away, if it has that value.
    | Remove of key: string * value: Value option

/// Words to overrides and back.
module Overrides =
    /// Takes away `PYTHONPATH=. python3 -u main.py`, as the papers' commands begin, wherever it
    /// stands, and the backslashes that end their lines.
    let dropLauncher (words: string list) =
        let isVariable (word: string) =
            match word.IndexOf '=' with
            | -1 -> false
            | n ->
                word[.. n - 1]
                |> Seq.forall (fun c -> System.Char.IsAsciiLetterUpper c || c = '_')

        // Names of garage's examples are presets (`GarageCommand`).
        let isProgram (word: string) =
            word = "-u"
            || word.EndsWith ".py"
               && not ((string (System.IO.Path.GetFileName word)).Contains "_metaworld_")

        let words =
            words |> List.filter (fun word -> word.Trim() <> "\\" && word.Trim() <> "")

        match words |> List.tryFindIndex _.StartsWith("python") with
        | None -> words
        | Some python ->
            let before, after = List.splitAt python words

            (before |> List.rev |> List.skipWhile isVariable |> List.rev)
            @ (after |> List.tail |> List.skipWhile isProgram)

    let private isKey (key: string) =
        let isPart (part: string) =
            part <> ""
            && part
               |> Seq.forall (fun c -> System.Char.IsLetterOrDigit c || c = '_' || c = '-')

        not (key.StartsWith '-') && key.Split '.' |> Seq.forall isPart

    /// An override, or what is wrong with the word.
    let parse (word: string) : Result<Override, string> =
        let prefix =
            [ "++"; "+"; "~" ] |> List.tryFind word.StartsWith |> Option.defaultValue ""

        let rest = word.Substring(prefix.Length)

        let key, text =
            match rest.IndexOf '=' with
            | -1 -> rest, None
            | n -> rest[.. n - 1], Some rest[n + 1 ..]

        let withValue make =
            text |> Option.get |> ValueText.parse |> Result.map (fun v -> make (key, v))

        match prefix, text with
        | _ when not (isKey key) -> Error "is not of the form key=value"
        | "~", None -> Ok(Remove(key, None))
        | _, None -> Error $"has no value; write {word}=value"
        | "~", Some _ -> withValue (fun (key, v) -> Remove(key, Some v))
        | "+", _ -> withValue Add
        | "++", _ -> withValue Force
        | _ -> withValue Set

    /// The word that `parse` reads as this override.
    let print =
        function
        | Set(key, value) -> $"{key}={ValueText.print value}"
        | Add(key, value) -> $"+{key}={ValueText.print value}"
        | Force(key, value) -> $"++{key}={ValueText.print value}"
        | Remove(key, None) -> $"~{key}"
        | Remove(key, Some value) -> $"~{key}={ValueText.print value}"
