/// Packages of the page, which eng/page.sh fetches: MuJoCo's WebAssembly build and three.js.
module MtrlFunctional.Cli.Play.PlayPackages

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Cli

/// Where eng/page.sh puts them, below the root of the repository.
let private path = Path.Combine(".mtrl", "page", "node_modules")

/// Files of packages, and what they are in the page's folder.
let private files = [
    "@mujoco/mujoco/mujoco.js", "mujoco/mujoco.js"
    "@mujoco/mujoco/mujoco.wasm", "mujoco/mujoco.wasm"
    "three/build/three.core.js", "three/three.core.js"
    "three/build/three.module.js", "three/three.module.js"
    "three/LICENSE", "three/LICENSE"
]

/// The folder of the packages of the repository that a folder is in; none: they were not fetched.
let folderAbove folder =
    RepositoryFile.above folder path
    |> Option.filter (fun folder ->
        files |> List.forall (fun (file, _) -> File.Exists(Path.Combine(folder, file))))

/// Paths in the page's folder, with the files they are copies of; `folder` is below the repository.
let requireAbove folder : (string * string) list =
    match folderAbove folder with
    | Some folder -> files |> List.map (fun (file, path) -> path, Path.Combine(folder, file))
    | None ->
        let remedy =
            match RepositoryFile.above folder (Path.Combine("eng", "page.sh")) with
            | Some _ -> "'./mtrl play' fetches them with npm, once."
            | None ->
                "This package was made without them: './mtrl play' of the repository fetches them."

        refuse $"play: the packages of the page (@mujoco/mujoco, three) are not in {path}. {remedy}"

/// The same, above this program.
let require () = requireAbove AppContext.BaseDirectory
