"""The websocket door: softphones, live views, and programs that stand for many agents on one connection."""
