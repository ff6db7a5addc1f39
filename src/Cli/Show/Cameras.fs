/// Cameras by name. Pictures are upright, also from Meta-World's corner cameras.
module MtrlFunctional.Cli.Show.Cameras

open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Rendering

/// The whole robot.
let overview = "overview"

/// Where the task happens: the table top of Meta-World.
let close = "close"

/// The camera of a name, of the environment or of its scene. Raises MtrlException where there is none.
let find (environment: IRenderable) name : Camera =
    // Views of every environment, which are not part of the scenes.
    let builtIn = [ overview, environment.Overview; close, environment.Close ]
    let ofScene = List.ofSeq (environment.World.Model.NamesOf ElementKind.Camera)
    let names = List.map fst builtIn @ ofScene

    match List.tryFind (fst >> (=) name) builtIn with
    | Some(_, camera) -> camera
    | None when List.contains name ofScene -> Camera.Named(name, Upright = true)
    | None ->
        let hint =
            match Nearest.hint names name with
            | "" -> let all = String.concat ", " names in $" There are: {all}."
            | near -> near

        refuse $"--camera {name}: no such camera.{hint}"

/// The camera of a name in each environment. Raises MtrlException where one has none.
let findInAll (environments: VectorEnvironment) name = [|
    for i in 0 .. environments.Count - 1 -> find (environments.Rendered i) name
|]
