/// Golden files and their verifiers, selected by the metadata key "golden".
///
/// A new kind is one line in `verifiers`.
module MtrlFunctional.Verification.Golden

open System.IO
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Storage
open MtrlFunctional.Tensors

let private onScenes (verify: SceneLibrary -> SafetensorsFile -> Check list) file =
    use scenes = new SceneLibrary()
    verify scenes file

/// Verifiers by the prefix of the key; the first match is used. Tensors are on the device.
let private verifiers device : (string * (SafetensorsFile -> Check list)) list =
    MetaWorldTools.kinds
    @ SurgeryProjections.kinds device
    @ SurgeryHulls.kinds device
    @ SurgerySystems.kinds device
    @ SurgeryWeights.kinds device
    @ ClassicTraces.kinds
    @ ClassicWrappers.kinds
    @ [
        for kind in
            [
                "mtsac_"
                "multihead"
                "soft_modularization"
                "care"
                "moe_"
                "film"
                "ptsl_"
                "pcgrad_"
                "gradnorm_"
                "deepmdp_"
                "hipbmdp_"
                "sac_ae_"
            ] do
            $"mtrl/{kind}", SacReplay.verify device
        "mtrl/roberta", SentenceRows.verify
        "mtrl/distral_state", DistralReplay.verify device
        "mtrl_pixels/distral_", DistralReplay.verify device
        "mtrl_pixels/", SacReplay.verify device
        "garage/mtppo", OnPolicyReplay.verify device
        "garage/mttrpo", OnPolicyReplay.verify device
        "garage/options", OnPolicyOptions.verify device
        "mtenv/seeding", GymStreams.verify
        "mtenv/hipbmdp_", DmControlVariantTraces.verify
        "dmcontrol_frames/textures", DmControlTextures.verify
        "dmcontrol_frames/", DmControlFrames.verify
        "dmcontrol/probe_", DmControlProbes.verify
        "dmcontrol/", DmControlTraces.verify
        "metaworld/vector_", onScenes MetaWorldVector.verify
        "metaworld/", onScenes MetaWorldTraces.verify
    ]

let private ofSafetensors device path =
    use file = SafetensorsFile.Open path

    match file.Metadata.TryGetValue "golden" with
    | true, kind ->
        match verifiers device |> List.tryFind (fst >> kind.StartsWith) with
        | Some(_, verifier) -> verifier file
        | None -> [ Check.impossible path $"kind '{kind}' is not supported" ]
    | _ -> [ Check.impossible path "not a golden file: no key 'golden' in its metadata" ]

/// All comparisons of one file. An unreadable file or an unknown kind is one failed check with
/// the reason. JSON files hold network sizes, compiled models or scripted successes. Updates and surgery
/// are computed on the device; simulations use none.
let verifyOn (device: TorchSharp.torch.Device) (path: string) : Check list =
    try
        if path.EndsWith ".json" && ReadmeNetworks.isOne path then
            ReadmeNetworks.verify path
        elif path.EndsWith ".json" && DmControlModelFacts.isOne path then
            DmControlModelFacts.verify path
        elif path.EndsWith ".json" && DmControlVariationFacts.isOne path then
            DmControlVariationFacts.verify path
        elif path.EndsWith ".json" then
            MetaWorldExperts.verify path
        else
            ofSafetensors device path
    with
    | :? System.Text.Json.JsonException -> [ Check.impossible path "not a whole JSON file" ]
    | :? MtrlException
    | :? IOException
    | :? System.Collections.Generic.KeyNotFoundException
    | :? System.ArgumentException
    | :? System.InvalidOperationException as e -> [ Check.impossible path e.Message ]

/// All comparisons of one file, on the CPU.
let verify path = verifyOn Libtorch.Cpu path

/// The golden files of a path: the file itself, or all .safetensors in a folder and below, sorted.
/// (Scripted successes take minutes; their file must be named explicitly.)
let filesOf (path: string) : string list =
    if Directory.Exists path then
        Directory.EnumerateFiles(path, "*.safetensors", SearchOption.AllDirectories)
        |> Seq.sortWith (fun a b -> System.String.CompareOrdinal(a, b))
        |> Seq.toList
    else
        [ path ]
