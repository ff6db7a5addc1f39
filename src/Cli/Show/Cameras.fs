/// Cameras by name. Pictures of commands are upright, also those of Meta-World's corner cameras.
module Mtrl.Cli.Show.Cameras

open Mtrl
open MtrlFunctional
open MtrlFunctional.Physics
open MtrlFunctional.Rendering

/// The whole robot.
let overview = "overview"

/// The table top.
let close = "close"

/// Ours; a scene knows nothing of them.
let private ours = [ overview, Camera.Overview; close, Camera.Close ]

/// The camera of a name, ours or the scene's. Raises MtrlException where there is none.
let find (model: Model) name =
    let theirs = List.ofSeq (model.NamesOf ElementKind.Camera)
    let known = List.map fst ours @ theirs

    match List.tryFind (fst >> (=) name) ours with
    | Some(_, camera) -> camera
    | None when List.contains name theirs -> Camera.Named(name, upright = true)
    | None ->
        let hint =
            match Nearest.hint known name with
            | "" -> let names = String.concat ", " known in $" There are: {names}."
            | near -> near

        raise (MtrlException $"--camera {name}: no such camera.{hint}")
