/// `--with arm.dll`: the extensions of a library.
module MtrlFunctional.Cli.With.Library

open System
open System.IO
open System.Reflection
open System.Runtime.Loader
open MtrlFunctional
open MtrlFunctional.Training

/// A script that reads `fsi` asks for the FSharp.Core of the compiler, which may be newer than this program's.
let private answerWithOwnCore =
    lazy
        AssemblyLoadContext.Default.add_Resolving (fun _ name ->
            if name.Name = "FSharp.Core" then
                typeof<list<int>>.Assembly
            else
                null)

/// The library's public static value of type `Extensions`. `name`: the user's name of the file. Raises MtrlException.
let load (name: string) (file: string) =
    let refuse why (inner: exn) =
        raise (MtrlException($"--with {name}: {why}", ExitCode.WrongInput, inner))

    answerWithOwnCore.Force()

    try
        // Finds libraries beside the file.
        Assembly.LoadFrom(Path.GetFullPath file) |> Script.ExtensionsOf
    with
    | :? MtrlException as e -> refuse e.Message e
    | :? BadImageFormatException as e -> refuse "is no library of .NET." e
    | :? IOException as e -> refuse $"cannot be loaded ({e.Message})" e
