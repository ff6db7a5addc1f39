/// Files that are embedded in the program: of pages from `src/Cli/Web`, and the template of a task.
module MtrlFunctional.Cli.Pages.EmbeddedFiles

open System.IO
open System.Reflection
open System.Text

/// Content of a file by its name without folder.
let bytes (name: string) =
    let assembly = Assembly.GetExecutingAssembly()

    match assembly.GetManifestResourceStream $"Web.{name}" with
    | null -> invalidArg (nameof name) $"{name}: no such file in the program."
    | stream ->
        use stream = stream
        use copy = new MemoryStream()
        stream.CopyTo copy
        copy.ToArray()

let text name = Encoding.UTF8.GetString(bytes name)
