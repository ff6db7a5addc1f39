/// Writes assets/task_embeddings.safetensors: CARE's embeddings of Meta-World's fifty tasks.
///
///     dotnet build src/Interop.CSharp -c Release && dotnet fsi tools/TaskEmbeddings.fsx
///
/// The sentences are the descriptions in src/Core/Tasks/MetaWorld/Definitions, how a sentence becomes numbers is in
/// src/Core/Experiments/Catalogue/SentenceNumbers.fs. Nothing is downloaded, and the numbers are the same on every
/// machine.
#I "../src/Interop.CSharp/bin/Release/net10.0"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"

open System.Collections.Generic
open System.IO
open System.Text.Json
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Tasks.MetaWorld

let numbers =
    TaskNames.mt50
    |> List.map (fun name ->
        let task = Benchmarks.tasks |> List.find (fun task -> task.Name = name)
        SentenceNumbers.ofSentence task.Objective)
    |> Array.concat
    |> Array.map float32

let tasks = JsonSerializer.Serialize(List.toArray TaskNames.mt50)

let path =
    Path.Combine(__SOURCE_DIRECTORY__, "..", "assets", "task_embeddings.safetensors")

SafetensorsWriter.Write(
    path,
    [ SafetensorsEntry.Of("mt50", numbers, 50L, int64 SentenceNumbers.Width) ],
    Dictionary(
        dict [ "mt50_tasks", tasks; "what", "numbers made from the program's own sentences" ]
    )
)
