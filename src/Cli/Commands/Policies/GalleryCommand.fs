/// `mtrl gallery`: a picture with a tile for each task.
module MtrlFunctional.Cli.Commands.GalleryCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Rendering
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Show

type Options =
    | [<MainCommand>] Tasks of name: string list
    | Out of file: string
    | Camera of name: string
    | Tile of pixels: string
    | Columns of count: int
    | Seed of seed: uint32
    | Untitled

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Tasks _ ->
                "tasks or benchmarks, e.g. reach, MT10, ML45-test, walker-walk or dmc-19 (default MT50)"
            | Out _ -> "file to write, .png (default gallery.png; of one name gallery-MT10.png)"
            | Camera _ -> "close (default), overview or a camera of the scene"
            | Tile _ -> "width and height of a tile in pixels (default 256x192)"
            | Columns _ -> "tiles per row (default: for the proportions of a screen)"
            | Seed _ -> "seed of the goals or starts (default 42)"
            | Untitled -> "no names in the tiles"

let private tasksOf names =
    let tasks = Subject.find >> Result.defaultWith refuse

    match names with
    | [] -> Benchmarks.tasks |> List.map Subject.MetaWorld
    | names -> names |> List.collect tasks |> List.distinctBy Subject.fullName

/// The file name contains the name of a single task or benchmark.
let private defaultName names =
    match names with
    | [ name: string ] -> $"gallery-{name.Replace('/', '-')}.png"
    | _ -> "gallery.png"

/// White pixels between two tiles.
let private gap = 4

let private run (options: ParseResults<Options>) =
    let names = options.GetResults Tasks |> List.concat
    let tasks = tasksOf names
    let file = options.GetResult(Out, defaultName names) |> OutputFiles.picture "--out"
    let width, height = options.GetResult(Tile, "256x192") |> PictureSize.parse "--tile"
    let camera = options.GetResult(Camera, Cameras.close)
    let seed = options.GetResult(Seed, 42u)
    let isTitled = not (options.Contains Untitled)

    let columns =
        options.TryGetResult Columns
        |> Option.defaultWith (fun () -> Mosaic.Columns(tasks.Length, float width / float height))
        |> Command.atLeastOne "--columns"

    PictureSize.checkTogether "--tile" tasks.Length columns (width, height)

    let tiles =
        tasks
        |> List.toArray
        |> Array.Parallel.map (TaskPicture.ofTask seed camera (width, height) isTitled)

    Mosaic.Of(tiles, columns, gap).SavePng file
    printfn $"""{file}: {Format.plural tasks.Length "task"}"""
    ExitCode.Done

let command =
    Command.define
        "gallery"
        "Draws one picture with a tile for each task, Meta-World's tasks played by their experts."
        [
            "mtrl gallery --out gallery.png"
            "mtrl gallery MT10 --columns 5 --tile 320x240"
            "mtrl gallery door-open drawer-open window-open"
            "mtrl gallery dmc-19 --tile 128x128"
        ]
        run
