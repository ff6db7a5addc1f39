/// `--with arm.dll`: the extensions of a library; and scripts as libraries.
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

/// What `read` finds in a library. `given`: as the user named the file. Raises MtrlException.
let load (given: string) (read: Assembly -> 'found) (file: string) =
    let refuse why (inner: exn) =
        raise (MtrlException($"{given}: {why}", ExitCode.WrongInput, inner))

    answerWithOwnCore.Force()

    try
        // Finds libraries beside the file.
        Assembly.LoadFrom(Path.GetFullPath file) |> read
    with
    | :? MtrlException as e -> refuse e.Message e
    | :? BadImageFormatException as e -> refuse "is no library of .NET." e
    | :? IOException as e -> refuse $"cannot be loaded ({e.Message})" e
