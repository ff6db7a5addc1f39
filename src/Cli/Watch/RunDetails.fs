/// Details of a run: its configuration as a list of keys, newest conflicts, newest video.
module MtrlFunctional.Cli.Watch.RunDetails

open System
open System.Collections.Generic
open System.IO
open System.Text.Json
open YamlDotNet.Core
open YamlDotNet.RepresentationModel
open MtrlFunctional
open MtrlFunctional.Statistics
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Results

/// More keys than any configuration has; aliases could make more of a small file.
let private mostKeys = 5_000

/// Keys with their values in a configuration, in the order of the text; empty if it is not YAML.
let configuration (text: string) =
    let entries = ResizeArray()

    let rec add depth path (node: YamlNode) =
        if entries.Count < mostKeys && depth < 24 then
            match node with
            | :? YamlMappingNode as table ->
                for entry in table.Children do
                    let name = string entry.Key
                    add (depth + 1) (if path = "" then name else $"{path}.{name}") entry.Value
            | :? YamlScalarNode as scalar -> entries.Add(path, string scalar.Value)
            | :? YamlSequenceNode as list when
                list.Children |> Seq.forall (fun c -> c :? YamlScalarNode)
                ->
                entries.Add(path, "[" + String.Join(", ", list.Children) + "]")
            | list -> entries.Add(path, (string list).Substring(0, min 200 (string list).Length))

    try
        let yaml = YamlStream()
        yaml.Load(new StringReader(text))

        for document in yaml.Documents do
            add 0 "" document.RootNode
    with :? YamlException ->
        ()

    List.ofSeq entries

let private ofFolder (folder: RunFolder) =
    try
        configuration (folder.ReadConfig())
    with :? MtrlException -> []

/// Read of the end of `conflicts.jsonl`; a line of fifty tasks has about 10 kB.
let private tailBytes = 1 <<< 18

let private moment (line: ReadOnlyMemory<byte>) =
    try
        use json = JsonDocument.Parse line
        let root = json.RootElement
        let number (name: string) = root.GetProperty(name).GetDouble()

        let value (cosine: JsonElement) =
            if cosine.ValueKind = JsonValueKind.Null then
                nan
            else
                cosine.GetDouble()

        Some {
            Part = string (root.GetProperty("part").GetString())
            Step = number "step"
            Update = number "update"
            Cosines = [|
                for cosine in root.GetProperty("cosines").EnumerateArray() -> value cosine
            |]
        }
    with
    | :? JsonException
    | :? InvalidOperationException
    | :? KeyNotFoundException -> None

/// The newest moment of each part.
let conflicts (folder: RunFolder) =
    try
        AppendedLines.Last(folder.Path, "conflicts.jsonl", tailBytes)
        |> Seq.rev
        |> Seq.truncate 16
        |> Seq.choose moment
        |> Seq.distinctBy _.Part
        |> Seq.sortBy _.Part
        |> Seq.toList
    with :? MtrlException -> []

/// Names of the tasks among the texts of a mode, `env_index_<i>`.
let private tasksOf (texts: IReadOnlyDictionary<string, string>) =
    let rec from i =
        match texts.TryGetValue $"{RunRecord.Task}{i}" with
        | true, task -> task :: from (i + 1)
        | _ -> []

    from 0

/// The details of a run; `texts` are those of its metrics.
let read (texts: IReadOnlyDictionary<string, Dictionary<string, string>>) (folder: RunFolder) = {
    Tasks = [ for mode in texts -> mode.Key, tasksOf mode.Value ]
    Configuration = ofFolder folder
    Conflicts = conflicts folder
    Video = RunVideos.newest folder
}
