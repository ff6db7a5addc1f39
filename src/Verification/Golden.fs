/// Golden files and their adapters, selected by the metadata key "golden"; of JSON files by their keys.
///
/// A new kind is one line in the `kinds` of an adapter.
module MtrlFunctional.Verification.Golden

open System.IO
open System.Text.Json
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tensors

/// Adapters by the prefix of the key; the first match is used.
let private kinds: Kinds =
    MetaWorldTools.kinds
    @ MetaWorldTraces.kinds
    @ SurgeryCase.kindsOf (
        SurgeryProjections.kinds
        @ SurgeryHulls.kinds
        @ SurgerySystems.kinds
        @ SurgeryWeights.kinds
    )
    @ DistralReplay.kinds
    @ SentenceRows.kinds
    @ SacReplay.kinds
    @ OnPolicyReplay.kinds
    @ OnPolicyOptions.kinds
    @ ClassicTraces.kinds
    @ DmControlTraces.kinds
    @ DmControlFrames.kinds

let private ofSafetensors device path =
    use file = SafetensorsFile.Open path

    match file.Metadata.TryGetValue "golden" with
    | true, kind ->
        match kinds |> List.tryFind (fst >> kind.StartsWith) with
        | Some(_, verify) ->
            use _ = TorchSharp.torch.NewDisposeScope()
            verify (Quantities(file, device, ""))
        | None -> [ Check.impossible path $"kind '{kind}' is not supported" ]
    | _ -> [ Check.impossible path "not a golden file: no key 'golden' in its metadata" ]

/// Adapters of JSON files by keys that they have; the first match is used.
let private jsonKinds = [
    [ "commands" ], ReadmeNetworks.verify
    [ "domain"; "bodies" ], DmControlModelFacts.model
    [ "family"; "variants" ], DmControlModelFacts.variants
    [ "about"; "engine"; "tasks" ], MetaWorldExperts.verify
]

let private ofJson (path: string) =
    use document = JsonDocument.Parse(File.ReadAllText path)
    let root = document.RootElement

    let has key =
        root.ValueKind = JsonValueKind.Object && (Recorded.property key root).IsSome

    match jsonKinds |> List.tryFind (fst >> List.forall has) with
    | Some(_, verify) -> verify path root
    | None -> [
        Check.impossible path "its keys are of no kind of JSON file that is compared"
      ]

/// All comparisons of one file. An unreadable file or an unknown kind is one failed check with
/// the reason. Updates and surgery are computed on the device; simulations use none.
let verify (device: TorchSharp.torch.Device) (path: string) : Check list =
    try
        if path.EndsWith ".json" then
            ofJson path
        else
            ofSafetensors device path
    with
    | :? JsonException -> [ Check.impossible path "not a whole JSON file" ]
    | e -> [ Check.impossible path e.Message ]

/// The golden files of a path: the file itself, or all .safetensors in a folder and below, sorted.
/// (Scripted successes take minutes; their file must be named explicitly.)
let filesOf (path: string) : string list =
    if Directory.Exists path then
        Directory.EnumerateFiles(path, "*.safetensors", SearchOption.AllDirectories)
        |> Seq.sortWith (fun a b -> System.String.CompareOrdinal(a, b))
        |> Seq.toList
    else
        [ path ]
