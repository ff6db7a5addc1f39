/// Writes assets/task_embeddings.safetensors: what CARE knows of Meta-World's fifty tasks.
///
///     dotnet build src/Interop.CSharp -c Release && dotnet fsi tools/TaskEmbeddings.fsx
///
/// The sentences are in src/Core/Experiments/TaskSentences.fs, how a sentence becomes numbers in
/// SentenceNumbers.fs beside it. Nothing is downloaded, and the numbers are the same on every machine.
#I "../src/Interop.CSharp/bin/Release/net10.0"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"

open System.Collections.Generic
open System.IO
open System.Text.Json
open MtrlFunctional.Storage
open Mtrl.Experiments

let numbers =
    TaskNames.mt50
    |> List.map (TaskSentences.ofTask >> SentenceNumbers.ofSentence)
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
