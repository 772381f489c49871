"""What both doors for people, the command line and the gateway, ask and say: questions, controls, words and JSON.

asks: the recorder (`ask.*`), the scheduler (`control.*`), the streams `events` and `dead`, the bucket `pace`
owns: nothing
"""
