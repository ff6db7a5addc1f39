module MtrlFunctional.Cli.Tests.Commands.GalleryCommandTests

open Expecto
open System
open System.Buffers.Binary
open System.Globalization
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``mtrl gallery and mtrl video`` = [
    let folder = TestFolder.create "gallery"
    let file name = Path.Combine(folder, name)

    /// Width and height in the header of a PNG file.
    let sizeOf (path: string) =
        let bytes = File.ReadAllBytes path

        let number (at: int) =
            BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(bytes, at, 4))

        number 16, number 20

    let gallery name (words: string list) =
        Capture.does ("gallery" :: words @ [ "--out"; file name; "--tile"; "48x36" ])

        file name

    testCase "a tile a task, with gaps between" (fun () ->
        let picture = gallery "three.png" [ "reach"; "push"; "door-open"; "--columns"; "2" ]
        sizeOf picture |> equals (48 + 4 + 48, 36 + 4 + 36))

    testCase "is the same picture each time, each task once" (fun () ->
        let picture = gallery "one.png" [ "reach" ]
        let again = gallery "again.png" [ "reach"; "reach" ]
        File.ReadAllBytes again |> equals (File.ReadAllBytes picture))

    testCase "tasks of DeepMind Control are drawn beside those of Meta-World" (fun () ->
        let picture = gallery "mixed.png" [ "dmc-walker-walk"; "reach"; "walker-walk" ]
        sizeOf picture |> equals (2 * 48 + 4, 36))

    testCase "random actions in DeepMind Control are filmed" (fun () ->
        let printed =
            Words.split $"""video pendulum-swingup --out {file "swing.gif"} --size 48x36"""
            |> Capture.finished

        printed |> startsWith "random actions, 1 task"
        printed |> matches "episode 1: return [0-9.]+"
        printed |> contains "swing.gif: 500 frames, 20.0 s, ")

    Capture.refusals "reports errors" [
        "gallery MT11", "MT11: no such task or benchmark. Nearest: MT10"
        "gallery raech push", "raech: no such task or benchmark. Nearest: reach"
        "gallery reach --columns 0", "--columns 0: must be at least 1."
        "gallery reach --out x.svg", "--out x.svg: the name of a picture ends in .png."
        "gallery reach --camera cornr", "--camera cornr: no such camera. Nearest: corner"
        "gallery reach push --camera cornr", "--camera cornr: no such camera. Nearest: corner"
        "gallery MT50 --tile 2000x1500", "make a picture of"
        "video MT50 --size 4096x4096", "must be at most 8192 per side."
        "video . --seed 3", "--seed: applies to experts only; . has the goals of its evaluations."
        "video . --out x.avi", "x.avi: the name of a video ends in .mp4 or .gif."
        "video raech", "Nearest: reach. There is no policy of that name either."
        "video reach --out x.avi", "x.avi: the name of a video ends in .mp4 or .gif."
        "video reach --episodes 0", "--episodes 0: must be at least 1."
    ]

    if LongForm.isAsked then
        /// A minute: ten scenes are drawn in each frame.
        testCase
            "a policy in ten tasks is filmed for more than two seconds, in less than 3 MB"
            (fun () ->
                let film = file "ten.gif"
                let printed = Capture.finished [ "video"; "policy:mt10"; "--out"; film ]

                let seconds =
                    Regex.Match(printed, @"ten\.gif: \d+ frames, ([\d.]+) s").Groups[1].Value

                Double.Parse(seconds, CultureInfo.InvariantCulture) |> isAbove 2.0
                FileInfo(film).Length |> isBelow 3_000_000L)
]
