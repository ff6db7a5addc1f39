/// Cameras by name. Pictures of commands are upright, also those of Meta-World's corner cameras.
module Mtrl.Cli.Show.Viewpoint

open Mtrl
open MtrlFunctional
open MtrlFunctional.Physics
open MtrlFunctional.Rendering

/// The whole robot.
let overview = "overview"

/// The table top.
let close = "close"

/// The camera of a name in a model. Raises MtrlException where there is none.
let find (model: Model) name =
    let known = List.ofSeq (model.NamesOf ElementKind.Camera)

    if List.contains name known then
        Camera.Named(name, upright = true)
    else
        let hint =
            match Nearest.hint known name with
            | "" -> let names = String.concat ", " known in $" There are: {names}."
            | near -> near

        raise (MtrlException $"--camera {name}: no such camera.{hint}")
