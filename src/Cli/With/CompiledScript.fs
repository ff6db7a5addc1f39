/// A script as a library, compiled by the F# compiler of the .NET SDK.
module MtrlFunctional.Cli.With.CompiledScript

open System
open System.IO
open System.Runtime.InteropServices
open MtrlFunctional
open MtrlFunctional.Cli.Output

/// Folders of the compiler, the newest last.
let private compilers () =
    let sdks = Path.Combine(StartedProcess.root, "sdk")

    if Directory.Exists sdks then
        Directory.GetDirectories sdks
        |> Array.map (fun sdk -> Path.Combine(sdk, "FSharp"))
        |> Array.filter (fun folder -> File.Exists(Path.Combine(folder, "fsc.dll")))
        |> Array.sortBy (fun folder -> File.GetLastWriteTimeUtc(Path.Combine(folder, "fsc.dll")))
    else
        [||]

/// Libraries of .NET, and F#'s, as this program has them.
let private references () =
    let all = string (AppContext.GetData "TRUSTED_PLATFORM_ASSEMBLIES")

    all.Split(Path.PathSeparator)
    |> Array.filter (fun file ->
        Path.GetFileName file = "FSharp.Core.dll"
        || file.StartsWith(RuntimeEnvironment.GetRuntimeDirectory()))

/// Errors after these are counted only.
let private mostErrors = 10

/// What the compiler said, each error in a line.
let private failure (given: string) (said: string) =
    let lines = said.Split '\n' |> Array.filter (fun line -> line.Trim() <> "")

    let errors =
        match lines |> Array.filter _.Contains("error FS") |> Array.distinct with
        | [||] -> lines
        | errors -> errors
        |> Array.map (fun line -> "  " + line.Trim())

    let shown = errors |> Array.truncate mostErrors |> String.concat "\n"

    let more =
        if errors.Length > mostErrors then
            $"\n  … and {errors.Length - mostErrors} more."
        else
            ""

    MtrlException $"{given}: does not compile.\n{shown}{more}"

/// Compiles a script into a folder; the library. Raises MtrlException, which names the script as it was `given`.
let into (folder: string) (given: string) (script: string) =
    let compiler =
        compilers ()
        |> Array.tryLast
        |> Option.defaultWith (fun () ->
            refuse
                $"{given}: scripts need the compiler of the .NET SDK, and there is none in {StartedProcess.root}. Install the SDK; --with takes a library (.dll), too.")

    // A process loads one library of a name.
    let library =
        Path.Combine(folder, $"{Path.GetFileNameWithoutExtension script}-{Guid.NewGuid():N}.dll")

    // Scripts read fsi.CommandLineArgs.
    let settings = Path.Combine(compiler, "FSharp.Compiler.Interactive.Settings.dll")

    let words = [
        StartedProcess.dotnet
        Path.Combine(compiler, "fsc.dll")
        "--nologo"
        "--target:library"
        "--targetprofile:netcore"
        "--noframework"
        "--nocopyfsharpcore"
        for file in references () do
            $"-r:{file}"
        $"-r:{settings}"
        $"--out:{library}"
        Path.GetFullPath script
    ]

    File.Copy(settings, Path.Combine(folder, nonNull (Path.GetFileName settings)))
    let code, output, errors = StartedProcess.execute words []

    if code <> 0 then
        raise (failure given (errors + output))

    library
