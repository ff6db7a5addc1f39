module MtrlFunctional.Tests.Verification.DmControlTests

open Expecto
open System
open MtrlFunctional.Tests.Verification.Replays

let ``recordings of DeepMind Control`` = [
    testTheory "are replayed to their tolerances" [
        for name in filesOf "dmcontrol" "*" do
            if not (name.EndsWith ".md") then
                name
    ]
    <| fun name -> (replayed (file name)).Length |> isAbove 20

    testTheory "detect a changed number" [
        "dmcontrol/pendulum.json", "\"damping\":0.1,", "\"damping\":0.1000001,", "dofs.damping"
        "dmcontrol/variations_finger_size.json",
        "\"touchtop\":[0.075,",
        "\"touchtop\":[0.0750001,",
        "size_3.site_size"
    ]
    <| fun (name, before, after, quantity) ->
        failed (reworded name before after) |> equals [ quantity ]
]

let ``recordings of variants`` = [
    let traces = filesOf "mtenv" "hipbmdp_*.safetensors"

    testCase "are there for all four registered families" (fun () -> traces |> hasLength 4)

    // Ten variants with an episode each: its start, its steps and the whole.
    testTheory "are replayed to their tolerances" traces
    <| fun name -> replayed (file name) |> hasLength 140
]

let ``recorded pictures of DeepMind Control`` = [
    testTheory "are drawn to their tolerances" (filesOf "dmcontrol_frames" "*.safetensors")
    <| fun name -> replayed (file name) |> equals [ "s0.rgb_plain"; "s0.silhouette"; "s0.rgb" ]

    let failedAfter tensor change =
        failed (altered "dmcontrol_frames/reacher.safetensors" tensor change)

    let brighten (pixels: byte[]) =
        for i in 0 .. pixels.Length - 1 do
            pixels[i] <- byte (min 255 (int pixels[i] + 12))

    testCase "detect a brighter picture" (fun () ->
        let plain = failedAfter "s0/rgb_plain" brighten
        plain |> includes "s0.rgb_plain"
        plain |> excludes "s0.rgb"
        failedAfter "s0/rgb" brighten |> equals [ "s0.rgb" ])

    testCase "detect another pose" (fun () ->
        let turn (qpos: byte[]) =
            BitConverter.GetBytes(2.0).CopyTo(qpos, 0)

        failedAfter "s0/qpos" turn |> includes "s0.silhouette")
]
