/// Which files of the library name what: a part costs those that name its module.
module MtrlFunctional.Tests.SourceNames

open System.IO
open System.Text.RegularExpressions

let private source = Path.Combine(Repository.root, "src")

/// Code without comments and texts.
let codeOf path =
    Regex.Replace(File.ReadAllText path, "//.*|\"[^\"\n]*\"", "")

/// Files of a folder of `src`, but for what a build writes.
let filesIn folder = [
    for pattern in [ "*.fs"; "*.cs" ] do
        for path in
            Directory.GetFiles(Path.Combine(source, folder), pattern, SearchOption.AllDirectories) do
            if not (Regex.IsMatch(path, @"[/\\](obj|bin)[/\\]")) then
                path
]

/// The path in `src`.
let nameOf (path: string) =
    Path.GetRelativePath(source, path).Replace('\\', '/')

/// Numbers recorded for a part are replayed in `src/Verification`, as tests of it are.
let private files =
    lazy
        [
            for folder in [ "Core"; "Interop.CSharp"; "Cli" ] do
                for path in filesIn folder do
                    nameOf path, codeOf path
        ]

/// Files whose code names a module, without the module's own.
let naming name = [
    for file, code in files.Value do
        if
            Path.GetFileNameWithoutExtension file <> name
            && Regex.IsMatch(code, $@"\b{name}\b")
        then
            file
]
