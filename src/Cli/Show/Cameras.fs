/// Cameras by name. Pictures are upright, also those of Meta-World's corner cameras.
module MtrlFunctional.Cli.Show.Cameras

open MtrlFunctional
open MtrlFunctional.Physics
open MtrlFunctional.Rendering

/// The whole robot.
let overview = "overview"

/// The table top.
let close = "close"

/// Cameras of this program, which are not part of the scenes.
let private builtIn = [ overview, Camera.Overview; close, Camera.Close ]

/// The camera of a name, built in or of the scene. Raises MtrlException where there is none.
let find (model: Model) name =
    let ofScene = List.ofSeq (model.NamesOf ElementKind.Camera)
    let names = List.map fst builtIn @ ofScene

    match List.tryFind (fst >> (=) name) builtIn with
    | Some(_, camera) -> camera
    | None when List.contains name ofScene -> Camera.Named(name, upright = true)
    | None ->
        let hint =
            match Nearest.hint names name with
            | "" -> let all = String.concat ", " names in $" There are: {all}."
            | near -> near

        raise (MtrlException $"--camera {name}: no such camera.{hint}")
