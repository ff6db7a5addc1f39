/// Completions of the words of an experiment, for a shell.
module internal MtrlFunctional.Experiments.Completions

/// The part of a key up to the next dot behind what is typed, or the whole key with "=".
let private upToNextPart (typed: string) (key: string) =
    match key.IndexOf('.', typed.Length) with
    | -1 -> key + "="
    | dot -> key[..dot]

let private keysFrom table (typed: string) =
    Table.writable table
    |> List.filter _.StartsWith(typed)
    |> List.map (upToNextPart typed)
    |> List.distinct

let private valuesOf presets (table: Table.Table) key =
    match key with
    | "preset" -> presets |> List.map (fun (preset: Preset) -> preset.Name)
    | key ->
        Table.tryKey (Table.canonical key) table
        |> Option.map _.Names
        |> Option.defaultValue []

/// Continuations of an unfinished word: keys part by part, then the names that are values.
let from presets table (typed: string) : string list =
    match Overrides.split typed with
    | None -> keysFrom table typed
    | Some(key, value) ->
        valuesOf presets table key
        |> List.filter _.StartsWith(value)
        |> List.map (fun name -> $"{key}={name}")
